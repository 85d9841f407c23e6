export { TableEncoder, type TableBlock, type TableColumn } from './encoder.ts'
