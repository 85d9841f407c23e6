#!/usr/bin/env node
import { readFile } from 'node:fs/promises'
import { pino, type Logger } from 'pino'
import { PinoPretty } from 'pino-pretty'
import { startDemo, startExporter, type Exporter } from './app.ts'
import { parseCommandLine, type CommandLine } from './config/command-line.ts'
import { bothLoaded, ConfigError, NoNodesError } from './config/fault.ts'
import { usage } from './config/flags.ts'
import { loadConfig } from './config/load.ts'
import { loadWebConfig } from './config/web-load.ts'

/** Exit codes: what went wrong, for a service manager. --help names them too. */
const EXIT = { ok: 0, failed: 1, usage: 2 } as const

/** SIGTERM to exit takes at most this long, whatever clients do. */
const STOP_WITHIN_MS = 4500

async function main(): Promise<number> {
  const flags = parseCommandLine(process.argv.slice(2))
  const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  if (flags.help) return say(usage)
  if (flags.version) return say(`bittensor-exporter ${version} (Node.js ${process.version})\n`)
  const log = logger(flags)
  const revision = process.env['BITTENSOR_EXPORTER_REVISION'] ?? 'unknown'
  const readText = (file: string) => readFile(file, 'utf8')
  const { webConfigFile } = flags
  const readWebConfig = webConfigFile === undefined ? undefined : () => loadWebConfig(webConfigFile, readText)
  const dependencies = {
    listen: flags.listen,
    readWebConfig,
    build: { version, revision, nodeVersion: process.version },
    log,
  }
  if (flags.command === 'demo') {
    const exporter = await startDemo(dependencies)
    say(demoText(exporter.url))
    return untilSignalled(exporter, log)
  }
  const loading = loadConfig(flags.configFile, process.env, readText)
  const [config] = await bothLoaded(loading, Promise.resolve(readWebConfig?.()))
  if (flags.configCheck) return say(`${flags.configFile ?? 'environment'}: the configuration is good\n`)
  const exporter = await startExporter(config, { ...dependencies, shard: flags.shard })
  const nodes = config.nodes.map(({ name }) => name)
  log.info({ url: exporter.url, version, nodes, keys: config.keys.length }, 'listening')
  return untilSignalled(exporter, log)
}

const demoText = (url: string): string => `
A simulated Bittensor chain with two nodes runs in this process; the exporter reads it. All data is invented.
One expectation of demo-miner is not met, to show what that looks like.

  Metrics:    ${url}/metrics
  Page:       ${url}/
  Readiness:  ${url}/-/ready

Ctrl-C ends it.

`

function logger({ logLevel, logFormat }: CommandLine): Logger {
  const options = {
    level: logLevel,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  }
  return logFormat === 'pretty' ? pino(options, PinoPretty({ sync: true })) : pino(options)
}

/** Resolves when a signal asked for the end and the exporter has stopped; rejects when the exporter broke down. */
async function untilSignalled(exporter: Exporter, log: Logger): Promise<number> {
  const signalled = new Promise<NodeJS.Signals>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, resolve)
  })
  const signal = await Promise.race([signalled, exporter.broken])
  log.info({ signal }, 'stopping')
  await exporter.stop(STOP_WITHIN_MS)
  log.info('stopped')
  return EXIT.ok
}

function say(text: string): number {
  process.stdout.write(text)
  return EXIT.ok
}

function complain(error: unknown): number {
  const message = isListenError(error)
    ? `cannot listen on ${error.address}:${error.port} (${error.code}): choose another address with --web.listen-address`
    : error instanceof Error
      ? error.message
      : String(error)
  process.stderr.write(`${message}\n`)
  const usageFault = error instanceof ConfigError && error.faults.every(({ file }) => file === 'command line')
  return usageFault || error instanceof NoNodesError ? EXIT.usage : EXIT.failed
}

interface ListenError extends Error {
  readonly syscall: 'listen'
  readonly code: string
  readonly address: string
  readonly port: number
}

const isListenError = (error: unknown): error is ListenError =>
  error instanceof Error && 'syscall' in error && error.syscall === 'listen'

try {
  process.exitCode = await main()
} catch (error) {
  process.exitCode = complain(error)
}
