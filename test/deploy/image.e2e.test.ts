import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { runProgram } from '../support/programs.ts'
import { copied, dockerfile, type Stage } from './dockerfile.ts'
import { ROOT, packageVersion } from './files.ts'

/**
 * The stages of deploy/Dockerfile, done without Docker: every COPY and RUN in a folder for its stage, with the Node.js of
 * this machine. What is left out of a COPY, or of the production dependencies, is missing here as well.
 */
async function build(into: string): Promise<string> {
  let workdir = ''
  for (const stage of await dockerfile()) workdir = await buildStage(into, stage)
  return workdir
}

async function buildStage(into: string, { name, instructions }: Stage): Promise<string> {
  const root = join(into, name === '' ? 'final' : name)
  let workdir = root
  for (const { name: instruction, text } of instructions)
    if (instruction === 'WORKDIR') {
      workdir = join(root, text)
      await mkdir(workdir, { recursive: true })
    } else if (instruction === 'COPY') {
      const { stage, from, to } = copied(text)
      for (const path of from) {
        const target = to.endsWith('/') ? join(workdir, to, basename(path)) : join(workdir, to)
        await cp(stage === undefined ? join(ROOT, path) : join(into, stage, path), target, {
          recursive: true,
        })
      }
    } else if (instruction === 'RUN') {
      // What npm has already is not downloaded again.
      const env = { ...process.env, npm_config_prefer_offline: 'true' }
      await promisify(execFile)('sh', ['-c', text], { cwd: workdir, env, timeout: 240_000 })
    }
  return workdir
}

test('what the image holds runs, and is no more than it needs', async () => {
  const into = await mkdtemp(join(tmpdir(), 'bittensor-image-'))
  onTestFinished(() => rm(into, { recursive: true }))
  const app = await build(into)

  const { code, output } = await runProgram(process.execPath, [join(app, 'dist/main.js'), '--version'])
  expect([code, output]).toEqual([
    0,
    expect.stringContaining(`bittensor-exporter ${await packageVersion()} `),
  ])
  const command = await runProgram(join(app, 'bin/bittensor-exporter'), ['--version'])
  expect(command).toEqual({ code, output })
  await expect(stat(join(app, 'docs/runbooks/BittensorNodeDown.md'))).resolves.toBeDefined()
  const { dependencies, devDependencies } = JSON.parse(
    await readFile(join(app, 'package.json'), 'utf8'),
  ) as Record<'dependencies' | 'devDependencies', Record<string, string>>
  const there = (name: string): Promise<boolean> =>
    stat(join(app, 'node_modules', name)).then(
      () => true,
      () => false,
    )
  for (const name of Object.keys(dependencies)) expect([name, await there(name)]).toEqual([name, true])
  for (const name of ['typescript', 'vitest', 'eslint']) {
    expect(Object.keys(devDependencies)).toContain(name)
    expect([name, await there(name)]).toEqual([name, false])
  }
}, 600_000)
