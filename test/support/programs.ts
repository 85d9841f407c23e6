import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const PACKAGES: Readonly<Record<string, string>> = {
  promtool: 'prometheus',
  prometheus: 'prometheus',
  amtool: 'prometheus-alertmanager',
  'prometheus-alertmanager': 'prometheus-alertmanager',
  'docker-compose': 'docker-compose',
  'systemd-analyze': 'systemd',
}

const run = promisify(execFile)

export interface Finished {
  readonly code: number
  readonly output: string
}

/** Runs a program to its end, with some text as its input. A program that is missing is an error that says what to install. */
export async function runProgram(program: string, args: readonly string[], input = ''): Promise<Finished> {
  const running = run(program, args, { timeout: 300_000, maxBuffer: 64 * 1024 * 1024 })
  // One that ends without reading its input breaks the pipe: its exit code tells what that means.
  running.child.stdin?.on('error', () => undefined).end(input)
  try {
    const { stdout, stderr } = await running
    return { code: 0, output: stdout + stderr }
  } catch (error) {
    const failed = error as { code?: number | string; stdout?: string; stderr?: string }
    if (failed.code === 'ENOENT')
      throw new Error(`${program} is not installed: apt-get install ${PACKAGES[program] ?? program}`, {
        cause: error,
      })
    return { code: Number(failed.code ?? 1), output: `${failed.stdout ?? ''}${failed.stderr ?? ''}` }
  }
}
