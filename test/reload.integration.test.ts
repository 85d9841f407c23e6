import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hashSync } from 'bcryptjs'
import { describe, expect, onTestFinished, test } from 'vitest'
import { inventedAddress } from '../src/demo/names.ts'
import { useProgram, type Running } from './support/program.ts'
import { simulate } from './support/simulation.ts'
import { valueOf } from './support/parse-exposition.ts'
import { untilText } from './support/until.ts'

const start = useProgram()

const LISTEN = '--web.listen-address=127.0.0.1:0'
const SUCCESSFUL = 'bittensor_exporter_config_last_reload_successful'
const SUCCEEDED_AT = 'bittensor_exporter_config_last_reload_success_timestamp_seconds'

/** A configuration file, put in place whole as editors do. */
async function configFile() {
  const folder = await mkdtemp(join(tmpdir(), 'bittensor-exporter-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = join(folder, 'exporter.yml')
  const put = async (text: string, name = 'exporter.yml') => {
    await writeFile(join(folder, `${name}.new`), text)
    await rename(join(folder, `${name}.new`), join(folder, name))
  }
  return { folder, file, put }
}

const config = (url: string, ...names: readonly string[]) =>
  [
    `nodes: [{ name: ${names.join('-')}, url: '${url}' }]`,
    'keys:',
    ...names.map((name) => `  - { name: ${name}, coldkey: ${inventedAddress(name)} }`),
    'poll: { interval: 1s }',
    '',
  ].join('\n')

async function running(file: string, ...flags: readonly string[]) {
  const run = start([`--config.file=${file}`, LISTEN, ...flags])
  const [, url = ''] = await run.until(/"url":"(http:[^"]+)".*"listening"/)
  const metrics = async () => (await fetch(`${url}/metrics`)).text()
  const until = (condition: (metrics: string) => boolean) => untilText(metrics, condition)
  const reload = (method = 'POST') => fetch(`${url}/-/reload`, { method })
  return { run, url, metrics, until, reload }
}

const namesIn = (metrics: string) =>
  Array.from(new Set(metrics.match(/(?<=^bittensor_account_nonce\{.*name=")[^"]+/gm))).toSorted()

const errors = (run: Running) => run.log().filter(({ level }) => level === 'error')

describe('SIGHUP', () => {
  test('reads the file again; an invalid one is rejected and logged, the previous one stays, a fixed one is applied', async () => {
    const { urls } = await simulate()
    const { file, put } = await configFile()
    await put(config(urls[0] ?? '', 'first'))
    const { run, until, metrics } = await running(file)
    const before = await until((text) => namesIn(text).includes('first'))
    expect(valueOf(before, SUCCESSFUL)).toBe(1)

    await put(config(urls[0] ?? '', 'first', 'second').replace('interval: 1s', 'interval: soon'))
    run.process.kill('SIGHUP')
    const refused = await until((text) => valueOf(text, SUCCESSFUL) === 0)
    expect(valueOf(refused, SUCCEEDED_AT)).toBe(valueOf(before, SUCCEEDED_AT))
    expect(namesIn(refused)).toEqual(['first'])
    expect(errors(run)).toHaveLength(1)
    expect(errors(run)[0]).toMatchObject({
      msg: 'configuration reload rejected; keeping the previous one',
      triggers: ['SIGHUP'],
      errors: [expect.stringMatching(/exporter\.yml:5:19: poll\.interval: /)],
    })

    await put(config(urls[0] ?? '', 'second', 'third'))
    run.process.kill('SIGHUP')
    await until((text) => namesIn(text).join() === 'second,third' && valueOf(text, SUCCESSFUL) === 1)
    expect(valueOf(await metrics(), SUCCEEDED_AT)).toBeGreaterThan(valueOf(before, SUCCEEDED_AT) ?? Infinity)
    expect(await metrics()).not.toContain('node="first"')
    run.process.kill('SIGTERM')
    expect(await run.ended).toBe(0)
  })

  test('hundreds of them during polls, the file another one each time: it lives, and the last file is what holds', async () => {
    const { urls } = await simulate({}, { latencyMs: 5 })
    const { file, put } = await configFile()
    await put(config(urls[0] ?? '', 'first'))
    const { run, until, metrics } = await running(file)
    await until((text) => namesIn(text).includes('first'))
    const names = [['first'], ['second'], ['first', 'second'], ['third']]
    for (let round = 0; round < 60; round++) {
      await put(config(urls[0] ?? '', ...names[round % names.length]!))
      for (let signal = 0; signal < 6; signal++) {
        run.process.kill('SIGHUP')
        if (signal % 2 === 0) await new Promise((resolve) => setImmediate(resolve))
      }
      if (round % 10 === 0) expect(namesIn(await metrics()).length).toBeGreaterThan(0)
    }
    await put(config(urls[0] ?? '', 'last'))
    run.process.kill('SIGHUP')
    const after = await until((text) => namesIn(text).join() === 'last')
    expect(new Set(after.match(/(?<=node=")[^"]+/g))).toEqual(new Set(['last']))
    expect(valueOf(after, SUCCESSFUL)).toBe(1)
    expect(errors(run)).toEqual([])
    run.process.kill('SIGTERM')
    expect(await run.ended).toBe(0)
    expect(run.stderr()).toBe('')
  })

  test('without a configuration file there is nothing to reload', async () => {
    const { urls } = await simulate()
    const run = start([LISTEN], { SIDECAR_URL: urls.join(',') })
    const [, url = ''] = await run.until(/"url":"(http:[^"]+)".*"listening"/)
    run.process.kill('SIGHUP')
    await run.until(/nothing to reload without a configuration file: environment and command line/)
    expect(valueOf(await (await fetch(`${url}/metrics`)).text(), SUCCESSFUL)).toBe(1)
  })
})

describe('POST /-/reload', () => {
  test('is off unless it is enabled', async () => {
    const { urls } = await simulate()
    const { file, put } = await configFile()
    await put(config(urls[0] ?? '', 'first'))
    const { reload } = await running(file)
    expect((await reload()).status).toBe(403)
    expect((await reload('GET')).status).toBe(405)
  })

  test('tells the faults with their places, and no secrets', async () => {
    const { urls } = await simulate()
    const { folder, file, put } = await configFile()
    await put(config(urls[0] ?? '', 'first'))
    const { run, reload, metrics } = await running(file, '--web.enable-lifecycle')
    const same = await reload()
    expect([same.status, await same.text()]).toEqual([200, 'configuration reloaded; nothing changed\n'])
    await put('{ "X-Key": hidden-secret }', 'headers.json')
    await put(
      `nodes:\n  - { name: a, url: 'http://user:hidden-secret@x', headers_file: headers.json }\nkey: []\n`,
    )
    const bad = await reload()
    const faults = await bad.text()
    expect(bad.status).toBe(422)
    expect(faults).toMatch(/exporter\.yml:2:21: nodes\[0\]\.url: /)
    expect(faults).toContain(
      `: nodes[0].headers_file: ${join(folder, 'headers.json')}:1:12 is not valid JSON\n`,
    )
    expect(faults).toMatch(/exporter\.yml:3:1: key: unknown key: did you mean `keys`\?/)
    expect(faults + run.stdout() + run.stderr() + (await metrics())).not.toContain('hidden-secret')
    await put(config(urls[0] ?? '', 'second'))
    const good = await reload()
    expect([good.status, await good.text()]).toEqual([200, 'configuration reloaded; changed: nodes, keys\n'])
  })
})

test('the web configuration is read again with the other one: both are taken, or neither', async () => {
  const { urls } = await simulate()
  const { folder, file, put } = await configFile()
  const users = (password: string) => `basic_auth_users: { prometheus: ${hashSync(password, 4)} }\n`
  await put(config(urls[0] ?? '', 'first'))
  await put(users('one'), 'web.yml')
  const flags = [`--config.file=${file}`, `--web.config.file=${join(folder, 'web.yml')}`]
  const run = start([...flags, LISTEN, '--web.enable-lifecycle'])
  const [, url = ''] = await run.until(/"url":"(http:[^"]+)".*"listening"/)
  const reload = async (password: string) => {
    const authorization = `Basic ${Buffer.from(`prometheus:${password}`).toString('base64')}`
    const answer = await fetch(`${url}/-/reload`, { method: 'POST', headers: { authorization } })
    return [answer.status, await answer.text()] as const
  }
  expect((await reload('two'))[0]).toBe(401)
  await put(config(urls[0] ?? '', 'second'))
  await put(`${users('two')}nonsense: 1\n`, 'web.yml')
  expect(await reload('one')).toEqual([422, expect.stringMatching(/web\.yml:2:1: nonsense: unknown key/)])
  await put(`${users('two')}tls_server_config: {}\n`, 'web.yml')
  expect((await reload('one'))[0]).toBe(422)
  await put(users('two'), 'web.yml')
  expect(await reload('one')).toEqual([200, 'configuration reloaded; changed: nodes, keys, web users\n'])
  expect((await reload('one'))[0]).toBe(401)
  expect((await reload('two'))[0]).toBe(200)
})

test('--config.watch reads again when a file is another one, also a secret that is named', async () => {
  const { urls } = await simulate()
  const { file, put } = await configFile()
  const withSecret = config(urls[0] ?? '', 'first').replace(' }]', ', headers_file: headers.json }]')
  await put('{ "X-Key": "one" }', 'headers.json')
  await put(withSecret)
  const { run, until } = await running(file, '--config.watch')
  await put('{ "X-Key": "two" }', 'headers.json')
  await run.until(/"triggers":\["a changed file"\],"changed":\["nodes"\]/)
  await put('nodes: []\n')
  await until((text) => valueOf(text, SUCCESSFUL) === 0)
  await put(config(urls[0] ?? '', 'second'))
  await until((text) => namesIn(text).join() === 'second' && valueOf(text, SUCCESSFUL) === 1)
  expect(errors(run)).toHaveLength(1)
})

test('page and API go by the new configuration at once', async () => {
  const { urls } = await simulate()
  const { file, put } = await configFile()
  await put(config(urls[0] ?? '', 'first'))
  const { run, until, url } = await running(file)
  await until((text) => namesIn(text).includes('first'))
  await put(config(urls[0] ?? '', 'second'))
  run.process.kill('SIGHUP')
  await until((text) => namesIn(text).join() === 'second')
  const read = async (path: string) => (await fetch(url + path)).text()
  expect(JSON.parse(await read('/api/v1/keys'))).toMatchObject({
    hotkeys: [],
    coldkeys: [{ name: 'second' }],
  })
  expect(JSON.parse(await read('/api/v1/nodes'))).toMatchObject({ nodes: [{ name: 'second', source: true }] })
  expect(await read('/')).not.toContain('first')
})
