import { execFile, spawn } from 'node:child_process'
import { promisify } from 'node:util'
import { freePort } from './servers.ts'
import { until } from './until.ts'

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

/**
 * Runs a program to its end, with some text as its input, and kills it after a time (five minutes). A program that is missing is an error
 * that says what to install.
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  input = '',
  timeoutMs = 300_000,
): Promise<Finished> {
  const running = runFile(program, args, { timeout: timeoutMs, maxBuffer: 64 * 1024 * 1024 })
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
  const isReady = async (): Promise<boolean> => {
    if (failure !== undefined) throw failure
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`)
    return (await fetch(`${url}/-/ready`).catch(() => undefined))?.ok === true
  }
  try {
    await until(isReady, { timeoutMs: 60_000, intervalMs: 50 })
  } catch (cause) {
    if (failure !== undefined) throw failure
    await close()
    throw new Error(`${program} did not become ready:\n${said}`, { cause })
  }
  return { url, close }
}
