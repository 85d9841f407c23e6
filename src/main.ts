#!/usr/bin/env node
import { fstatSync, writeSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { Socket } from 'node:net'
import { isatty } from 'node:tty'
import { pino, type Logger } from 'pino'
import {
  checkConfig,
  readMetricsOnce,
  readStorageOnce,
  startDemo,
  startExporter,
  type Exporter,
} from './app.ts'
import { reportText } from './check/text.ts'
import type { Config } from './config/config.ts'
import { parseCommandLine } from './config/flags/command-line.ts'
import { bothLoaded, ConfigError, NoNodesError } from './config/error.ts'
import { usage } from './config/flags/flags.ts'
import { loadConfig } from './config/file/load.ts'
import { readTextFile } from './config/file/read-text.ts'
import { TrackedFiles } from './config/file/tracked-files.ts'
import { reportingWritable } from './config/file/writable-files.ts'
import { loadWebConfig } from './config/web/load-web-config.ts'
import { openLog, writeText, type Write } from './log.ts'

/** Exit codes, which --help lists. */
const EXIT = { ok: 0, failed: 1, usage: 2 } as const

/** File descriptors are written to directly: process.stdout would crash the process when a write fails. */
const stdout: Write = (bytes, offset) => writeSync(1, bytes, offset)
const stderr: Write = (bytes, offset) => writeSync(2, bytes, offset)

/** Time for responses in flight. The process must end within 5 s after SIGTERM, also on a busy machine. */
const STOP_WITHIN_MS = 4000

async function main(): Promise<number> {
  makeNonBlocking(1)
  const sighup = handleSighup()
  const flags = parseCommandLine(process.argv.slice(2))
  const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  if (flags.help) return print(usage)
  if (flags.version) return print(`bittensor-exporter ${version} (Node.js ${process.version})\n`)
  const { logLevel: level, logFormat, lifecycle } = flags
  // The standard output of --once, check and storage is their result.
  const isOneShot = flags.once || flags.command === 'check' || flags.command === 'storage'
  const format = logFormat === 'auto' ? (isatty(isOneShot ? 2 : 1) ? 'pretty' : 'json') : logFormat
  const { log, onLost } = openLog({ level, format }, isOneShot ? stderr : stdout)
  const revision = process.env['BITTENSOR_EXPORTER_REVISION'] ?? 'unknown'
  const { webConfigFile } = flags
  const readText = reportingWritable(readTextFile, modeOf, (file) => {
    log.warn({ file }, 'every user of this machine can change a configuration file or secret')
  })
  const readWebConfig = webConfigFile === undefined ? undefined : () => loadWebConfig(webConfigFile, readText)
  const dependencies = {
    listen: flags.listen,
    readWebConfig,
    build: { version, revision, nodeVersion: process.version },
    log,
    onLogLost: onLost,
    lifecycle,
    explorerUrl: flags.explorerUrl,
    allowedHosts: flags.allowedHosts,
    runbooks: new URL('../docs/runbooks/', import.meta.url),
  }
  if (flags.command === 'demo') {
    sighup.restoreDefault()
    const exporter = await startDemo(dependencies)
    return untilSignalled(exporter, log, demoText(exporter.url))
  }
  const files = new TrackedFiles(readText)
  const { configFile, configWatch: watch } = flags
  const load = () => loadConfig(configFile, process.env, files.read)
  const [config] = await bothLoaded(load(), Promise.resolve(readWebConfig?.()))
  if (flags.configCheck)
    return print(
      `${configFile ?? 'environment'}: the configuration is good\n` +
        (webConfigFile === undefined ? '' : `${webConfigFile}: the web configuration is good\n`),
    )
  if (flags.storage !== undefined)
    return print(`${JSON.stringify(await readStorageOnce(config, flags.storage), undefined, 2)}\n`)
  if (isOneShot) {
    const once = { build: dependencies.build, log, shard: flags.shard }
    return flags.once ? printMetrics(config, once) : printReport(config, { ...once, log: SILENT }, flags.json)
  }
  const reload = configFile === undefined ? {} : { load, files, watch }
  const exporter = await startExporter(config, { ...dependencies, ...reload, shard: flags.shard })
  const nodes = config.nodes.map(({ name }) => name)
  log.info({ url: exporter.url, version, nodes, keys: config.keys.length }, 'listening')
  sighup.onSighup(() => void exporter.reload('SIGHUP'))
  return untilSignalled(exporter, log)
}

/** The mode of a file. Windows has no such permissions. */
const modeOf = async (file: string): Promise<number> =>
  process.platform === 'win32' ? 0 : (await stat(file)).mode

/** `check` reports what the log would contain. */
const SILENT = pino({ enabled: false })

type OnceDependencies = Parameters<typeof readMetricsOnce>[1]

async function printMetrics(config: Config, dependencies: OnceDependencies): Promise<number> {
  const { text, isChainRead } = await readMetricsOnce(config, dependencies)
  print(text)
  return isChainRead ? EXIT.ok : EXIT.failed
}

async function printReport(config: Config, dependencies: OnceDependencies, isJson: boolean): Promise<number> {
  const report = await checkConfig(config, dependencies)
  print(isJson ? `${JSON.stringify(report, undefined, 2)}\n` : reportText(report))
  return report.problems.some(({ level }) => level === 'error') ? EXIT.failed : EXIT.ok
}

/**
 * Makes a write to a full pipe or socket fail with EAGAIN. It would block the whole process until the reader, a log collector for
 * example, reads on. Has no effect on files and terminals. Node.js restores the flag at exit.
 */
function makeNonBlocking(fd: number): void {
  const file = fstatSync(fd)
  if (file.isFIFO() || file.isSocket())
    new Socket({ fd, readable: false, writable: true }).on('error', () => undefined).unref()
}

/** Handles SIGHUP from the start of the process. A signal that arrives before there is a listener is delivered once there is one. */
function handleSighup() {
  let listener: (() => void) | undefined
  let isPending = false
  const handle = () => {
    if (listener === undefined) isPending = true
    else listener()
  }
  process.on('SIGHUP', handle)
  return {
    onSighup(reload: () => void) {
      listener = reload
      if (isPending) reload()
    },
    /** SIGHUP ends the process again, as when a terminal is closed. */
    restoreDefault: () => void process.off('SIGHUP', handle),
  }
}

const demoText = (url: string): string => `
A simulated Bittensor chain with two nodes runs in this process; the exporter reads it. All data is invented.
One expectation of demo-miner is not met, to show what that looks like.

  Metrics:    ${url}/metrics
  Page:       ${url}/
  Readiness:  ${url}/-/ready

Ctrl-C ends it.

`

/**
 * Waits for SIGTERM or SIGINT, stops the exporter, and resolves with the exit code. Rejects when polling broke down: an exporter that
 * reads nothing must not look healthy.
 */
async function untilSignalled(exporter: Exporter, log: Logger, greeting = ''): Promise<number> {
  const signalled = new Promise<NodeJS.Signals>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, resolve)
  })
  try {
    print(greeting)
    const signal = await Promise.race([signalled, exporter.broken])
    log.info({ signal }, 'stopping')
  } finally {
    await exporter.stop(STOP_WITHIN_MS)
  }
  log.info('stopped')
  return EXIT.ok
}

/** Prints to standard output. Throws when that fails. */
function print(text: string): number {
  writeText(stdout, text)
  return EXIT.ok
}

function reportError(error: unknown): number {
  const message = isListenError(error)
    ? listenMessage(error)
    : error instanceof Error
      ? error.message
      : String(error)
  try {
    writeText(stderr, `${message}\n`)
  } catch {
    // The exit code still reports the failure.
  }
  const isUsageError =
    error instanceof ConfigError && error.issues.every(({ file }) => file === 'command line')
  return isUsageError || error instanceof NoNodesError ? EXIT.usage : EXIT.failed
}

function listenMessage({ code, address, port, hostname = '' }: ListenError): string {
  const host = address ?? hostname
  const place = host.includes(':') ? `[${host}]:${port ?? ''}` : `${host}:${port ?? ''}`
  const noHost = `there is no host named ${host}`
  const reasons: Readonly<Partial<Record<string, string>>> = {
    EADDRINUSE: `${place} is in use by another process`,
    EADDRNOTAVAIL: `${host} is not an address of this machine`,
    EACCES: `no permission to listen on ${place}`,
    ENOTFOUND: noHost,
    EAI_AGAIN: noHost,
  }
  return `${reasons[code] ?? `cannot listen on ${place} (${code})`}: choose another address with --web.listen-address`
}

/** The error of listen(), or of the lookup of its host, which has no address and port. */
interface ListenError extends Error {
  readonly syscall: 'listen' | 'getaddrinfo'
  readonly code: string
  readonly address?: string
  readonly port?: number
  readonly hostname?: string
}

const isListenError = (error: unknown): error is ListenError =>
  error instanceof Error &&
  'syscall' in error &&
  (error.syscall === 'listen' || error.syscall === 'getaddrinfo')

try {
  process.exitCode = await main()
} catch (error) {
  process.exitCode = reportError(error)
}
