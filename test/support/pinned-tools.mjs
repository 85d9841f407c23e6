/**
 * The Prometheus and Alertmanager releases that docker-compose.yml pins, and the vmalert-tool of VictoriaMetrics, for tests. They are built from their Go modules where Go is
 * installed, into a cache outside the repository; the first build takes several minutes.
 *
 *   node test/support/pinned-tools.mjs    builds what is missing, or names what tests will not run
 */
import { execFile } from 'node:child_process'
import { access, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Programs by the project that they belong to. */
const PROGRAMS = {
  prometheus: ['promtool', 'prometheus'],
  alertmanager: ['amtool', 'alertmanager'],
  victoriametrics: ['vmalert-tool'],
}

/** The Go module and the folder of the programs in it. */
const MODULES = {
  prometheus: { module: 'github.com/prometheus/prometheus', folder: 'cmd' },
  alertmanager: { module: 'github.com/prometheus/alertmanager', folder: 'cmd' },
  // Without cgo it needs no C compiler.
  victoriametrics: {
    module: 'github.com/VictoriaMetrics/VictoriaMetrics',
    folder: 'app',
    env: { CGO_ENABLED: '0' },
  },
}

/** Releases that docker-compose.yml does not pin. Newer ones of VictoriaMetrics need Go 1.27. */
const RELEASES = { victoriametrics: 'v1.151.0' }

/** Time for all builds together. What is not built by then is not run, and named; the next run goes on from Go's build cache. */
const BUILD_MS = 20 * 60_000

/** The release of a project, such as `v3.7.3`. */
async function pinnedRelease(project) {
  if (project in RELEASES) return RELEASES[project]
  const compose = await readFile(new URL('../../docker-compose.yml', import.meta.url), 'utf8')
  const release = new RegExp(`image: docker\\.io/prom/${project}:(v[\\d.]+)`).exec(compose)?.[1]
  if (release === undefined) throw new Error(`docker-compose.yml pins no release of ${project}`)
  return release
}

/**
 * Version of the Go module of a release. Prometheus 3.7.3 is module version v0.307.3, because its module path has no major version.
 * @param {string} project
 * @param {string} release
 */
export function moduleVersion(project, release) {
  const [, major, minor, patch] = /^v(\d+)\.(\d+)\.(\d+)$/.exec(release) ?? []
  if (patch === undefined) throw new Error(`not a release: ${release}`)
  return project === 'prometheus' ? `v0.${major}${minor.padStart(2, '0')}.${patch}` : release
}

const projectOf = (program) => {
  const found = Object.entries(PROGRAMS).find(([, programs]) => programs.includes(program))
  if (found === undefined) throw new Error(`not a pinned program: ${program}`)
  return found[0]
}

const cacheFolder = (project, release) =>
  join(
    process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'),
    'bittensor-exporter',
    'tools',
    `${project}-${release}`,
  )

/**
 * The program at its pinned release, and its path if it has been built.
 * @param {string} program promtool, prometheus, amtool, alertmanager or vmalert-tool
 */
export async function pinnedTool(program) {
  const project = projectOf(program)
  const release = await pinnedRelease(project)
  const path = join(cacheFolder(project, release), program)
  const built = await access(path).then(
    () => true,
    () => false,
  )
  return { program, release, path: built ? path : undefined }
}

/** Builds a program in a module of its own, because modules with `exclude` directives cannot be installed by `go install`. */
async function build({ program, release }, until) {
  const project = projectOf(program)
  const folder = await mkdtemp(join(tmpdir(), 'pinned-'))
  const go = (...args) =>
    run('go', args, {
      cwd: folder,
      timeout: Math.max(1, until - Date.now()),
      maxBuffer: 2 ** 26,
      env: { ...process.env, GOTOOLCHAIN: 'local', ...MODULES[project].env },
    })
  try {
    const { module, folder: parent } = MODULES[project]
    const path = `${module}/${parent}/${program}`
    await go('mod', 'init', 'pinned.invalid/tools')
    await go('get', '-tool', `${path}@${moduleVersion(project, release)}`)
    await go('build', '-tags=netgo,remove_all_sd', '-o', join(folder, 'built'), path)
    const target = cacheFolder(project, release)
    await mkdir(target, { recursive: true })
    // Beside the target first: a test that looks for the program finds a whole one or none.
    const beside = join(target, `.${program}-${process.pid}`)
    await run('cp', [join(folder, 'built'), beside])
    await rename(beside, join(target, program))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const until = Date.now() + BUILD_MS
  for (const program of Object.values(PROGRAMS).flat()) {
    const tool = await pinnedTool(program)
    if (tool.path !== undefined) continue
    if (Date.now() > until) {
      process.stdout.write(`tests do not run ${program} ${tool.release}: no time is left to build it\n`)
      continue
    }
    process.stdout.write(`building ${program} ${tool.release}\n`)
    try {
      await build(tool, until)
    } catch (error) {
      const reason = error.code === 'ENOENT' ? 'Go is not installed' : `${error.stderr ?? error.message}`
      process.stdout.write(`tests do not run ${program} ${tool.release}: ${reason.trim()}\n`)
    }
  }
}
