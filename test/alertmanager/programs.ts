import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { promisify } from 'node:util'

const PACKAGES = {
  promtool: 'prometheus',
  amtool: 'prometheus-alertmanager',
  'prometheus-alertmanager': 'prometheus-alertmanager',
} as const

export type Program = keyof typeof PACKAGES

const missing = (program: Program, cause: unknown): Error =>
  new Error(`${program} is not installed, and this test needs it: apt-get install ${PACKAGES[program]}`, {
    cause,
  })

const runFile = promisify(execFile)

/** Runs a program to its end and returns what it wrote. Rejects, with all of that, when it fails or is missing. */
export async function run(program: Program, ...args: readonly string[]): Promise<string> {
  try {
    const { stdout, stderr } = await runFile(program, args, { timeout: 280_000, maxBuffer: 2 ** 26 })
    return stdout + stderr
  } catch (error) {
    const { code, stdout = '', stderr = '' } = error as { code?: unknown; stdout?: string; stderr?: string }
    if (code === 'ENOENT') throw missing(program, error)
    throw new Error(`${program} ${args.join(' ')} failed:\n${stdout}${stderr}`, { cause: error })
  }
}

/** A port of the loopback that was free a moment ago, for programs that cannot choose one. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

export interface Alertmanager {
  readonly url: string
  close(): Promise<void>
}

/** A real Alertmanager on the loopback, by itself. */
export async function startAlertmanager(configFile: string, folder: string): Promise<Alertmanager> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  let said = ''
  let failure: Error | undefined
  const child = spawn(
    'prometheus-alertmanager',
    [
      `--config.file=${configFile}`,
      `--storage.path=${folder}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--cluster.listen-address=',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  child.on('error', (error) => (failure = missing('prometheus-alertmanager', error)))
  const ended = new Promise((resolve) => child.once('close', resolve))
  const close = async () => {
    child.kill('SIGTERM')
    await ended
  }
  const ready = async () => (await fetch(`${url}/-/ready`)).ok
  for (let tries = 0; !(await ready().catch(() => false)); tries += 1) {
    if (failure === undefined && child.exitCode === null && tries < 200) {
      await new Promise((resolve) => setTimeout(resolve, 50))
      continue
    }
    if (failure !== undefined) throw failure
    await close()
    throw new Error(`Alertmanager did not become ready:\n${said}`)
  }
  return { url, close }
}
