export { readNeuronTable, type NeuronTable } from './neuron-table.ts'
export type { UidSelection } from './neuron-reading.ts'
export { readSubnetList, type SubnetList } from './subnet-list.ts'
