import { readdir, readFile, stat } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { parseCommandLine } from '../src/config/flags/command-line.ts'
import { EXIT_CODES } from '../src/config/flags/flags.ts'
import { shellBlocks } from './support/documents.ts'
import { runProgram } from './support/programs.ts'

const documents = [
  'README.md',
  'CONTRIBUTING.md',
  'deploy/README.md',
  'alertmanager/README.md',
  ...(await markdownIn('docs')),
  ...(await markdownIn('docs/runbooks')),
]
const runbooks = documents.filter((file) => file.startsWith('docs/runbooks/'))

async function markdownIn(folder: string): Promise<string[]> {
  const names = await readdir(folder)
  return names.filter((name) => name.endsWith('.md')).map((name) => `${folder}/${name}`)
}

/** The commands of a document: lines of shell blocks, and code in the text that begins with the name of a program. */
async function commandsIn(file: string): Promise<string[]> {
  const text = (await readFile(file, 'utf8')).replaceAll(/^```[^]*?^```$/gm, '')
  const inText = Array.from(text.matchAll(/`([^`\n]+)`/g), ([, code = '']) => code).filter((code) =>
    /^(?:bittensor-exporter|npm|docker compose|curl|systemctl|journalctl|kubectl|amtool|promtool) /.test(
      code,
    ),
  )
  const lines = (await shellBlocks(file)).flatMap((block) => block.split('\n'))
  const inBlocks = lines.map((line) => line.replace(/(?:^|\s)#.*/, '').trim()).filter((line) => line !== '')
  return [...inBlocks, ...inText]
}

test('the documents that operators follow are read', async () => {
  expect(documents.length).toBeGreaterThan(60)
  expect(await commandsIn('docs/runbooks/BittensorExporterReloadFailed.md')).toEqual(
    expect.arrayContaining([
      'bittensor-exporter --config.check --config.file=/etc/bittensor-exporter/exporter.yml',
      'systemctl reload bittensor-exporter',
    ]),
  )
})

test.each(documents)('the shell blocks of %s are valid shell', async (file) => {
  for (const block of await shellBlocks(file))
    expect(await runProgram('bash', ['-n'], block)).toEqual({ code: 0, output: '' })
})

test.each(documents)('%s calls the exporter with arguments that it accepts', async (file) => {
  for (const command of await commandsIn(file)) {
    const [, args] =
      /^(?:\w+=\S+ )*(?:docker compose exec \S+ )?(?:bittensor-exporter|npm start --|npm run demo --) (.*)$/.exec(
        command,
      ) ?? []
    // A placeholder for any flags.
    if (args === undefined || args === '[flags]') continue
    const words = args
      .trim()
      .split(/\s+/)
      .map((word) => word.replaceAll(/["']/g, ''))
    expect(() => parseCommandLine(words), command).not.toThrow()
  }
})

test.each(documents)('%s calls only scripts of package.json', async (file) => {
  const { scripts } = JSON.parse(await readFile('package.json', 'utf8')) as {
    scripts: Readonly<Record<string, string>>
  }
  for (const command of await commandsIn(file))
    for (const [, name = ''] of command.matchAll(/\bnpm run (?:--\S+ )?([\w:-]+)/g))
      expect(Object.keys(scripts), command).toContain(name)
})

/** What the steps themselves create, and git ignores. */
const MADE = [
  '.env',
  'deploy/compose/exporter/exporter.yml',
  'deploy/compose/alertmanager/alertmanager.yml',
  'deploy/compose/secrets/grafana_admin_password',
]

test.each(documents)('the files of the repository that %s names in commands exist', async (file) => {
  for (const command of await commandsIn(file))
    for (const [, path = ''] of command.matchAll(
      /(?:^|[\s"'=])(?:\.\/)?((?:deploy|alertmanager|grafana|docs)\/[\w./*-]+|\.env[\w.]*)/g,
    )) {
      if (MADE.includes(path) || /^https?:/.test(command)) continue
      const folder = path.replace(/\/[^/]*\*[^/]*$/, '')
      await expect(stat(folder), `${command}: ${path}`).resolves.toBeDefined()
    }
})

test.each(documents)('%s names the configuration files by the names of the installation', async (file) => {
  const text = await readFile(file, 'utf8')
  const names = Array.from(text.matchAll(/\/etc\/bittensor-exporter\/([\w.-]+\.ya?ml)/g), ([, name]) => name)
  for (const name of names) expect(['exporter.yml', 'web.yml']).toContain(name)
})

describe('runbooks', () => {
  /** Programs that runbooks may call, and what provides them. */
  const PROGRAMS: Readonly<Record<string, string>> = {
    amtool: 'Alertmanager',
    'bittensor-exporter': 'the installation: see the next test',
    curl: 'the operating system',
    docker: 'the installation by Docker Compose',
    for: 'the shell',
    journalctl: 'systemd',
    promtool: 'Prometheus',
  }

  test.each(runbooks)('%s calls only programs that its reader has', async (file) => {
    const lines = (await shellBlocks(file)).flatMap((block) => block.split('\n'))
    for (const line of lines) {
      const [word = ''] = line.trim().split(/\s+/)
      if (word !== '' && !word.startsWith('#')) expect(Object.keys(PROGRAMS), line).toContain(word)
    }
  })

  test('each way to install the exporter provides its command', async () => {
    const steps = (await shellBlocks('deploy/README.md')).join('\n')
    expect(steps).toContain('ln -sf /opt/bittensor-exporter/dist/main.js /usr/local/bin/bittensor-exporter')
    expect(steps).toContain('chmod 755 /opt/bittensor-exporter/dist/main.js')
    const dockerfile = await readFile('deploy/Dockerfile', 'utf8')
    expect(dockerfile).toContain('ln -s ../dist/main.js bin/bittensor-exporter')
    expect(dockerfile).toContain('PATH=/app/bin:$PATH')
    const { bin } = JSON.parse(await readFile('package.json', 'utf8')) as { bin: unknown }
    expect(bin).toEqual({ 'bittensor-exporter': 'dist/main.js' })
  })

  /** Commands that ask a node itself, or its Sidecar. */
  const asks = (program: 'NODE' | 'SIDECAR', line: string): boolean =>
    new RegExp(`\\$\\{?${program}\\b`).test(line)

  test.each(runbooks)('%s asks nodes that are read directly and those behind a Sidecar', async (file) => {
    const text = await readFile(file, 'utf8')
    const lines = (await shellBlocks(file)).flatMap((block) => block.split('\n'))
    const inText = Array.from(
      text.replaceAll(/^```[^]*?^```$/gm, '').matchAll(/`([^`\n]+)`/g),
      ([, code = '']) => code,
    )
    // What only a Sidecar can be wrong about says so in the line before.
    const commands = [
      ...lines.filter((_, at) => !lines[at - 1]?.startsWith('# Only for a node with url.')),
      ...inText,
    ]
    const sidecar = commands.filter((line) => asks('SIDECAR', line)).length > 0
    const node = commands.filter((line) => asks('NODE', line)).length > 0
    expect({ sidecar, node }).toEqual({ sidecar, node: sidecar })
  })

  test('BittensorExporterRestarting explains each exit code of a failure', async () => {
    const text = await readFile('docs/runbooks/BittensorExporterRestarting.md', 'utf8')
    for (const [code] of EXIT_CODES) if (code !== 0) expect(text).toContain(`- Exit code ${code}: `)
  })
})
