import { execFile, spawn, type ChildProcess, type StdioOptions } from 'node:child_process'
import { copyFile, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, onTestFinished } from 'vitest'
import type { LogLine } from './exporter.ts'
import { until } from './until.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

export interface Running {
  readonly process: ChildProcess
  readonly stdout: () => string
  readonly stderr: () => string
  /** Resolves with the exit code; null when a signal ended it. */
  readonly ended: Promise<number | null>
  /** Resolves with the first match in what it printed so far; rejects after 15 s, or when it has ended. */
  until(pattern: RegExp): Promise<RegExpMatchArray>
  /** The lines of its log so far. */
  log(): readonly LogLine[]
}

export interface Start {
  /** The file that was built, for other programs to start. */
  main(): string
  (args: readonly string[], environment?: Readonly<Record<string, string>>, stdout?: number): Running
  /** Starts a script of package.json on what was built, without building it again. `process` is npm. */
  npm(script: string, args: readonly string[], environment?: Readonly<Record<string, string>>): Running
}

/** Builds the program in a folder of its own, for all tests of a file. What is started is ended with its test. */
export function useProgram(): Start {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bittensor-exporter-program-'))
    await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
    await copyFile(join(ROOT, 'package.json'), join(folder, 'package.json'))
    await symlink(join(ROOT, 'docs'), join(folder, 'docs'))
    const out = [
      '--outDir',
      join(folder, 'dist'),
      '--tsBuildInfoFile',
      join(folder, '.tsbuildinfo'),
      '--noCheck',
    ]
    await promisify(execFile)('npx', ['tsc', '-p', 'tsconfig.build.json', ...out], { cwd: ROOT })
  }, 120_000)
  afterAll(() => rm(folder, { recursive: true }))
  const { PATH = '', HOME = '' } = process.env
  const start = (
    args: readonly string[],
    environment: Readonly<Record<string, string>> = {},
    stdout?: number,
  ): Running => {
    const stdio: StdioOptions = ['ignore', stdout ?? 'pipe', 'pipe']
    const env = { PATH, ...environment }
    return runningOf(
      spawn(process.execPath, [join(folder, 'dist', 'main.js'), ...args], { cwd: ROOT, env, stdio }),
    )
  }
  const npm: Start['npm'] = (script, args, environment = {}) => {
    const child = spawn('npm', ['run', '--ignore-scripts', script, '--', ...args], {
      cwd: folder,
      env: { PATH, HOME, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A process group of its own, which ends with the test even if npm leaves processes behind.
      detached: true,
    })
    return runningOf(child, () => process.kill(-child.pid!, 'SIGKILL'))
  }
  return Object.assign(start, { npm, main: () => join(folder, 'dist', 'main.js') })
}

function runningOf(child: ChildProcess, kill: () => unknown = () => child.kill('SIGKILL')): Running {
  let stdout = ''
  let stderr = ''
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  let hasEnded = false
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve)).finally(() => {
    hasEnded = true
  })
  onTestFinished(async () => {
    if (!hasEnded) kill()
    await ended
  })
  return {
    process: child,
    stdout: () => stdout,
    stderr: () => stderr,
    ended,
    until: (pattern) =>
      until(
        () => {
          const match = pattern.exec(stdout)
          if (match === null && hasEnded)
            throw new Error(`never printed ${String(pattern)}: ${stdout}${stderr}`)
          return match
        },
        { seen: () => `${String(pattern)} was not printed: ${stdout}${stderr}` },
      ),
    log: () =>
      stdout
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as LogLine),
  }
}
