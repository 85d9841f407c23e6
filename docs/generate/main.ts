import { parseArgs } from 'node:util'
import { render } from './render.ts'
import { refresh, staleFiles } from './stale.ts'

// `npm run generate` writes every generated file that is stale. With --check it writes nothing, lists these files, and fails if there
// are any. npm runs it at the root of the repository.
const ROOT = '.'

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } })
const stale = await staleFiles(ROOT, await render(ROOT))
if (!values.check) await refresh(ROOT, stale)
for (const { path, state } of stale)
  process.stdout.write(values.check ? `${path} is ${state}\n` : `${path} was ${state}\n`)
if (values.check && stale.length > 0) {
  process.stdout.write('Run `npm run generate` and commit the result.\n')
  process.exitCode = 1
}
