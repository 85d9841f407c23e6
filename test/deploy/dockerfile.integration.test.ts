import { execFile } from 'node:child_process'
import { expect, test } from 'vitest'
import { parseCommandLine } from '../../src/config/flags/command-line.ts'
import { copied, dockerfile, type Stage } from './dockerfile.ts'
import { PINNED, source } from './files.ts'
import { freePort, httpServer } from '../support/servers.ts'

const stages = await dockerfile()
const last = stages.at(-1)!

const textOf = (stage: Stage, name: string): string =>
  stage.instructions.findLast((instruction) => instruction.name === name)?.text ?? ''

test('all stages have one image, of one version of an LTS line of Node.js', () => {
  expect(new Set(stages.map(({ image }) => image)).size).toBe(1)
  expect(last.image).toMatch(PINNED)
  const [, major = ''] = /^node:(\d+)\./.exec(last.image) ?? []
  expect(Number(major)).toBeGreaterThanOrEqual(24)
  expect(Number(major) % 2).toBe(0)
})

test('.dockerignore lets through what is copied from the repository, and nothing else', async () => {
  const ignored = (await source('.dockerignore'))
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
  expect(ignored[0]).toBe('*')
  const wanted = stages
    .flatMap(({ instructions }) => instructions)
    .filter(({ name }) => name === 'COPY')
    .map(({ text }) => copied(text))
    .filter(({ stage }) => stage === undefined)
    .flatMap(({ from }) => from)
  expect(new Set(ignored.slice(1))).toEqual(new Set(wanted.map((path) => `!${path}`)))
})

test('what runs is not root, by number, without a shell in between', () => {
  expect(textOf(last, 'USER')).toMatch(/^[1-9]\d*:[1-9]\d*$/)
  expect(JSON.parse(textOf(last, 'ENTRYPOINT'))).toEqual(['node', '/app/dist/main.js'])
  expect(textOf(last, 'ENV')).toContain('BITTENSOR_EXPORTER_REVISION=${REVISION}')
})

test('by default it listens on every interface, at the port that is exposed', () => {
  const { listen } = parseCommandLine(JSON.parse(textOf(last, 'CMD')) as string[])
  expect(listen).toEqual({ host: '', port: Number(textOf(last, 'EXPOSE')) })
})

test.each([
  ['healthy', 200, 0],
  ['not healthy', 503, 1],
  ['not there', undefined, 1],
])('the health check of one that is %s', async (_, status, code) => {
  const paths: string[] = []
  const answering = async () => {
    const { port } = await httpServer((request, response) => {
      paths.push(request.url ?? '')
      response.writeHead(status ?? 500, { connection: 'close' }).end()
    })
    return port
  }
  const port = await (status === undefined ? freePort() : answering())

  const [, command = ''] = /CMD (\[.*\])$/.exec(textOf(last, 'HEALTHCHECK')) ?? []
  const [program, ...args] = JSON.parse(command) as string[]
  expect(program).toBe('node')
  const moved = args.map((argument) => argument.replace(':9645/', `:${port}/`))
  expect(moved).not.toEqual(args)
  const ended = await new Promise((resolve) => {
    execFile(process.execPath, moved, (error) => {
      resolve(error?.code ?? 0)
    })
  })
  expect(ended).toBe(code)
  expect(paths).toEqual(status === undefined ? [] : ['/-/healthy'])
})
