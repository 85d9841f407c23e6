import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { inventedAddress } from '../src/demo/names.ts'
import { shellBlocks } from './support/documents.ts'
import { useProgram } from './support/program.ts'
import { runProgram } from './support/programs.ts'
import { freePort } from './support/servers.ts'
import { simulate } from './support/simulation.ts'
import { until } from './support/until.ts'

const start = useProgram()

const HOT = inventedAddress('runbook/hotkey')
const COLD = inventedAddress('runbook/coldkey')

const FOLDER = 'docs/runbooks'
const CONFIGURED = '/etc/bittensor-exporter/exporter.yml'

/** Commands that ask nodes and the exporter, and not Prometheus or Alertmanager. */
const isRequest = (line: string): boolean =>
  /^(?:curl|for|bittensor-exporter storage) /.test(line) && !/:909[03]/.test(line)

const commands = (
  await Promise.all(
    (await readdir(FOLDER)).map(async (file) => {
      const text = await readFile(`${FOLDER}/${file}`, 'utf8')
      const inText = Array.from(
        text.matchAll(/`((?:curl|bittensor-exporter storage) [^`\n]+)`/g),
        ([, code = '']) => code,
      )
      const lines = (await shellBlocks(`${FOLDER}/${file}`)).flatMap((block) => block.split('\n'))
      return [...lines, ...inText].filter(isRequest).map((line) => [file.replace('.md', ''), line] as const)
    }),
  )
).flat()

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'runbooks-'))
  await writeFile(
    join(folder, 'bittensor-exporter'),
    `#!/bin/sh\nexec ${process.execPath} ${start.main()} "$@"\n`,
  )
  await chmod(join(folder, 'bittensor-exporter'), 0o755)
  // curl then fails when the answer is an error.
  await writeFile(join(folder, '.curlrc'), 'fail\n')
})
afterAll(() => rm(folder, { recursive: true }))

/** A chain with the watched keys, and one node of it that is read directly or through a Sidecar. */
async function simulated(rpc: boolean, spec: number) {
  const { chain, urls } = await simulate(
    {
      spec,
      startTime: Date.now(),
      subnets: [0, 1, 3],
      placed: [{ hotkey: HOT, coldkey: COLD, netuids: [1, 3], stake: 100 }],
    },
    { rpc },
  )
  const url = urls[0]!
  const file = join(folder, `${rpc ? 'rpc' : 'sidecar'}-${spec}.yml`)
  await writeFile(
    file,
    `nodes: [{ name: node-a, ${rpc ? 'rpc' : 'url'}: '${url}' }]\nkeys: [{ name: validator, hotkey: ${HOT} }]\n`,
  )
  return { chain, url, file }
}

/** Runs a command of a runbook as its reader would. */
function runCommand(line: string, file: string, variables: Readonly<Record<string, string>>) {
  const set = Object.entries(variables).map(([name, value]) => `${name}='${value}'`)
  const script = [
    'set -euo pipefail',
    `export PATH="${folder}:$PATH" CURL_HOME="${folder}"`,
    ...set,
    line.replaceAll(CONFIGURED, file),
  ]
  return runProgram('bash', [], script.join('\n'))
}

/** What the chain has of the key in a runbook. */
const KEYS = { ADDRESS: COLD, COLDKEY: COLD, HOTKEY: HOT, NETUID: '1', NEURON_UID: '0' }

/** The spec at which a storage item exists, if it is not in the newest. */
const specOf = (line: string): number => (line.includes('ColdkeySwapScheduled') ? 320 : 475)

/** Items of pallets that are not simulated. A node has their defaults, a simulated Sidecar does not know them. */
const NOT_SIMULATED = /(?:Proxy\.(?:Proxies|Announcements)|Balances\.Locks) /

/** Each once, by the first runbook that has it. */
const unique = commands.filter(([, line], at) => commands.findIndex(([, each]) => each === line) === at)
const isStorage = ([, line]: (typeof commands)[number]): boolean =>
  line.startsWith('bittensor-exporter storage')
const storage = unique.filter(isStorage)
const requests = unique.filter((each) => !isStorage(each))

test('the runbooks have commands that read storage, and others', () => {
  expect(storage.length).toBeGreaterThan(12)
  expect(requests.length).toBeGreaterThan(15)
})

test.each(storage)('%s: %s gives the same by JSON-RPC and through Sidecar', async (_, line) => {
  const nodes = await Promise.all([true, false].map((rpc) => simulated(rpc, specOf(line))))
  const [direct, through] = await Promise.all(nodes.map(({ file }) => runCommand(line, file, KEYS)))
  expect(direct).toMatchObject({ code: 0, output: expect.stringMatching(/\S/) as string })
  if (NOT_SIMULATED.test(line)) expect(through!.output).toContain('was not recognized as a queryable pallet')
  else expect(through).toEqual(direct)
})

test('the other commands get answers of nodes, of Sidecar and of the exporter', async () => {
  const [node, sidecar] = await Promise.all([simulated(true, 475), simulated(false, 475)])
  const port = await freePort()
  const exporter = `http://127.0.0.1:${port}`
  start([`--config.file=${node.file}`, `--web.listen-address=127.0.0.1:${port}`, '--web.enable-lifecycle'])
  await until(async () => (await fetch(`${exporter}/-/ready`).catch(() => undefined))?.ok)
  const variables = {
    ...{ NODE: node.url, SIDECAR: sidecar.url, EXPORTER: exporter, NODE_NAME: 'node-a' },
    HEIGHT: String(node.chain.finalizedHeight),
  }
  const found = await Promise.all(
    requests.map(async ([runbook, line]) => {
      const here = line
        .replaceAll(/http:\/\/finney-\w:9944/g, node.url)
        .replaceAll(/http:\/\/finney-\w:8080/g, sidecar.url)
        .replaceAll('http://127.0.0.1:9645', exporter)
      const { code, output } = await runCommand(here, node.file, variables)
      return { runbook, line, code, output }
    }),
  )
  for (const { runbook, line, code, output } of found) {
    const seen = `${runbook}: ${line}: ${output}`
    expect(code, seen).toBe(0)
    expect(output, seen).not.toMatch(/"error"|^null$|<html/im)
    // Nothing fails here, so nothing is listed.
    if (!line.includes('select(.success | not)') && !line.includes('select(.signature)'))
      expect(output, seen).toMatch(/\S/)
  }
})
