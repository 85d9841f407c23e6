import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { constants, existsSync, writeSync } from 'node:fs'
import { mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, onTestFinished, test } from 'vitest'
import { useProgram } from './support/program.ts'
import { simulate } from './support/simulation.ts'
import { valueOf } from './support/parse-exposition.ts'
import { freePort } from './support/servers.ts'
import { until, untilText } from './support/until.ts'

const start = useProgram()

const LISTEN = '--web.listen-address=127.0.0.1:0'

/** Linux has it. */
const FULL = '/dev/full'

/** What a service manager waits, before it kills. */
const STOPS_WITHIN_MS = 5000

/** A GET that reads only when told to. */
async function slowGet(url: URL) {
  const socket = connect(Number(url.port), url.hostname)
  onTestFinished(() => void socket.destroy())
  await once(socket, 'connect')
  let text = ''
  let received = 0
  socket.on('error', () => undefined)
  const closed = new Promise<void>((resolve) =>
    socket.once('close', () => {
      resolve()
    }),
  )
  socket.on('data', (chunk: Buffer) => {
    received += chunk.length
    if (!text.includes('\r\n\r\n')) text += chunk.toString('latin1')
  })
  socket.write(`GET ${url.pathname} HTTP/1.1\r\nHost: ${url.host}\r\nConnection: close\r\n\r\n`)
  await once(socket, 'data')
  socket.pause()
  const length = Number(/content-length: (\d+)/i.exec(text)?.[1])
  const head = text.indexOf('\r\n\r\n') + 4
  return {
    /** Of the body, as announced. */
    length,
    /** Reads to the end, and resolves with how much of the body there was. */
    async finish() {
      socket.resume()
      await closed
      return received - head
    },
  }
}

describe('SIGTERM in the middle of a scrape', () => {
  test('who reads on gets all of it; who does not is cut off, so that it shows; and it ends with 0, soon', async () => {
    const { urls } = await simulate({ subnets: [1], neurons: 3000 })
    const run = start([LISTEN], { SIDECAR_URL: urls.join(','), SUBNETS: '1' })
    const [, base = ''] = await run.until(/"url":"(http:[^"]+)".*"listening"/)
    const url = new URL('/metrics', base)
    await until(async () => (await (await fetch(url)).text()).includes('bittensor_neuron_immune{'), {
      timeoutMs: 60_000,
      intervalMs: 100,
    })
    const [reader, sleeper] = await Promise.all([slowGet(url), slowGet(url)])
    expect(reader.length).toBeGreaterThan(5_000_000)

    const signalled = Date.now()
    run.process.kill('SIGTERM')
    await run.until(/"stopping"/)
    expect(await reader.finish()).toBe(reader.length)
    expect(await run.ended).toBe(0)
    expect(Date.now() - signalled).toBeLessThan(STOPS_WITHIN_MS)
    expect(await sleeper.finish()).toBeLessThan(sleeper.length)
    expect(run.stderr()).toBe('')
  }, 120_000)
})

describe('a log that cannot be written stops nothing', () => {
  test.skipIf(!existsSync(FULL))('full disk: it polls on, and counts the lines that are lost', async () => {
    const { urls } = await simulate()
    const full = await open(FULL, 'w')
    onTestFinished(() => full.close())
    // Nobody is told where it listens, so it has to be a port that is free.
    const port = await freePort()
    const run = start([`--web.listen-address=127.0.0.1:${port}`], { SIDECAR_URL: urls.join(',') }, full.fd)
    const text = await untilMetrics(port, (metrics) => metrics.includes('bittensor_chain_block_height '))
    expect(valueOf(text, 'bittensor_exporter_log_lines_lost_total')).toBeGreaterThan(0)
    run.process.kill('SIGTERM')
    expect([await run.ended, run.stderr()]).toEqual([0, ''])
  })

  test('closed pipe: it polls on', async () => {
    const { urls } = await simulate()
    const port = await freePort()
    const run = start([`--web.listen-address=127.0.0.1:${port}`], { SIDECAR_URL: urls.join(',') })
    run.process.stdout?.destroy()
    const text = await untilMetrics(port, (metrics) => metrics.includes('bittensor_chain_block_height '))
    expect(valueOf(text, 'bittensor_exporter_log_lines_lost_total')).toBeGreaterThan(0)
    run.process.kill('SIGTERM')
    expect([await run.ended, run.stderr()]).toEqual([0, ''])
  })

  test('pipe whose reader has stalled: it polls on', async () => {
    const { urls } = await simulate()
    const port = await freePort()
    const pipe = await fullPipe()
    const run = start([`--web.listen-address=127.0.0.1:${port}`], { SIDECAR_URL: urls.join(',') }, pipe)
    const text = await untilMetrics(port, (metrics) => metrics.includes('bittensor_chain_block_height '))
    expect(valueOf(text, 'bittensor_exporter_log_lines_lost_total')).toBeGreaterThan(0)
    run.process.kill('SIGTERM')
    expect([await run.ended, run.stderr()]).toEqual([0, ''])
  })

  test.skipIf(!existsSync(FULL))('what was asked for and cannot be printed is a failure', async () => {
    const full = await open(FULL, 'w')
    onTestFinished(() => full.close())
    const run = start(['--help'], {}, full.fd)
    expect([await run.ended, run.stderr()]).toEqual([1, 'ENOSPC: no space left on device, write\n'])
  })
})

test('a second one on the same port is refused, and the first goes on', async () => {
  const { urls } = await simulate()
  const environment = { SIDECAR_URL: urls.join(',') }
  const first = start([LISTEN], environment)
  const [, url = ''] = await first.until(/"url":"(http:[^"]+)".*"listening"/)
  const { port } = new URL(url)
  const second = start([`--web.listen-address=127.0.0.1:${port}`], environment)
  expect([await second.ended, second.stderr()]).toEqual([
    1,
    `127.0.0.1:${port} is in use by another process: choose another address with --web.listen-address\n`,
  ])
  expect((await fetch(`${url}/-/healthy`)).status).toBe(200)
  first.process.kill('SIGTERM')
  expect(await first.ended).toBe(0)
})

describe('files that cannot be read: where, which and why, and 1', () => {
  const folderWith = async (text: string) => {
    const folder = await mkdtemp(join(tmpdir(), 'bittensor-exporter-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    await mkdir(join(folder, 'a-folder'))
    await writeFile(join(folder, 'exporter.yml'), text)
    return folder
  }
  const node = (option: string) => `nodes:\n  - { name: a, url: http://127.0.0.1:1, ${option} }\n`

  test.each([
    ['missing.yml', '', 'missing.yml: the configuration file does not exist'],
    ['a-folder', '', 'a-folder: the configuration file is a folder, not a file'],
    [
      'exporter.yml',
      node('headers_file: missing.json'),
      'exporter.yml:2:55: nodes[0].headers_file: FOLDER/missing.json does not exist',
    ],
    [
      'exporter.yml',
      node('basic_auth: { username: u, password_file: a-folder }'),
      'exporter.yml:2:83: nodes[0].basic_auth.password_file: FOLDER/a-folder is a folder, not a file',
    ],
  ])('%s %s', async (file, text, message) => {
    const folder = await folderWith(text)
    const run = start([`--config.file=${join(folder, file)}`])
    expect(await run.ended).toBe(1)
    expect(run.stderr()).toBe(`${join(folder, message.replace('FOLDER', folder))}\n`)
  })
})

test('a wrong command line: what is wrong and what would be right, and 2', async () => {
  const wrong = [
    ['--web.listen-address=nowhere', '--web.listen-address: expected HOST:PORT such as 127.0.0.1:9645, or'],
    ['--config.watch', '--config.watch: needs --config.file'],
    ['--shard=3/3', '--shard: expected I/N with I from 0 to N-1, such as 0/3'],
    ['run', 'unknown command: the commands are check, demo and storage'],
  ] as const
  const runs = wrong.map(([flag]) => start([flag], { SIDECAR_URL: 'http://127.0.0.1:1' }))
  for (const [index, run] of runs.entries()) {
    expect([await run.ended, run.stdout()]).toEqual([2, ''])
    expect(run.stderr()).toContain(`command line: ${wrong[index]?.[1] ?? ''}`)
  }
})

/** A named pipe that is full and that nobody reads, opened as a shell opens one: writes to it block. */
async function fullPipe(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'bittensor-exporter-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const name = join(folder, 'pipe')
  await promisify(execFile)('mkfifo', [name])
  // Opened for reading as well, so that opening it does not wait for a reader.
  const filler = await open(name, constants.O_RDWR | constants.O_NONBLOCK)
  const isFull = (error: unknown) => error instanceof Error && 'code' in error && error.code === 'EAGAIN'
  for (const size of [4096, 1])
    try {
      for (;;) writeSync(filler.fd, Buffer.alloc(size))
    } catch (error) {
      if (!isFull(error)) throw error
    }
  const blocking = await open(name, constants.O_RDWR)
  onTestFinished(async () => {
    await Promise.all([filler.close(), blocking.close()])
  })
  return blocking.fd
}

const untilMetrics = (port: number, condition: (metrics: string) => boolean): Promise<string> =>
  untilText(
    () => fetch(`http://127.0.0.1:${port}/metrics`).then((answer) => answer.text(), String),
    condition,
  )
