import { writeFile } from 'node:fs/promises'
import { files } from './dashboards.ts'

// `npm run build:dashboards`: writes the JSON beside its source. npm runs it at the root of the repository.
for (const [path, text] of await files()) await writeFile(path, text)
