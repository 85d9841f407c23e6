import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { promisify } from 'node:util'

const PACKAGES: Readonly<Record<string, string>> = {
  promtool: 'prometheus',
  prometheus: 'prometheus',
  amtool: 'prometheus-alertmanager',
  'prometheus-alertmanager': 'prometheus-alertmanager',
  'docker-compose': 'docker-compose',
  'systemd-analyze': 'systemd',
}

const missing = (program: string, cause: unknown): Error =>
  new Error(`${program} is not installed: apt-get install ${PACKAGES[program] ?? program}`, { cause })

const runFile = promisify(execFile)

export interface Finished {
  readonly code: number
  readonly output: string
}

/** Runs a program to its end, with some text as its input. A program that is missing is an error that says what to install. */
export async function runProgram(program: string, args: readonly string[], input = ''): Promise<Finished> {
  const running = runFile(program, args, { timeout: 300_000, maxBuffer: 64 * 1024 * 1024 })
  // One that ends without reading its input breaks the pipe: its exit code tells what that means.
  running.child.stdin?.on('error', () => undefined).end(input)
  try {
    const { stdout, stderr } = await running
    return { code: 0, output: stdout + stderr }
  } catch (error) {
    const failed = error as { code?: number | string; stdout?: string; stderr?: string }
    if (failed.code === 'ENOENT') throw missing(program, error)
    return { code: Number(failed.code ?? 1), output: `${failed.stdout ?? ''}${failed.stderr ?? ''}` }
  }
}

/** The same, for one that must succeed: returns what it wrote, and rejects with all of that when it fails. */
export async function run(program: string, ...args: readonly string[]): Promise<string> {
  const { code, output } = await runProgram(program, args)
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} failed:\n${output}`)
  return output
}

/** A port of the loopback that was free a moment ago, for programs that cannot choose one. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** A program that serves on the loopback. */
export interface Serving {
  readonly url: string
  /** Ends the program and waits until it is gone. */
  close(): Promise<void>
}

/**
 * Starts a server of the Prometheus project on a free port and waits until its /-/ready says so. Rejects, with what it
 * wrote, when it ends or is not ready within a minute.
 */
export async function serve(program: string, args: readonly string[], port?: number): Promise<Serving> {
  port ??= await freePort()
  const url = `http://127.0.0.1:${port}`
  let said = ''
  let failure: Error | undefined
  const child = spawn(program, [...args, `--web.listen-address=127.0.0.1:${port}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  child.on('error', (error) => (failure = missing(program, error)))
  const ended = new Promise((resolve) => child.once('close', resolve))
  const close = async () => {
    child.kill('SIGTERM')
    await ended
  }
  const ready = async () => (await fetch(`${url}/-/ready`)).ok
  for (const deadline = Date.now() + 60_000; !(await ready().catch(() => false));) {
    if (failure !== undefined) throw failure
    if (child.exitCode !== null || Date.now() > deadline) {
      await close()
      throw new Error(`${program} did not become ready:\n${said}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return { url, close }
}
