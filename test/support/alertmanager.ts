import { pinnedTool } from './pinned-tools.mjs'
import { serve, type Serving } from './programs.ts'

const DEBIAN = 'prometheus-alertmanager'

/** An Alertmanager that tests run. */
interface Alertmanager {
  readonly release: string
  readonly path: string
  /** The amtool of the same release. */
  readonly amtool: string
}

/** Debian's Alertmanager, and the release that docker-compose.yml pins if it has been built; otherwise stderr names what is not run. */
export async function alertmanagers(): Promise<readonly Alertmanager[]> {
  const [server, amtool] = await Promise.all([pinnedTool('alertmanager'), pinnedTool('amtool')])
  const debian = { release: 'of Debian', path: DEBIAN, amtool: 'amtool' }
  if (server.path !== undefined && amtool.path !== undefined)
    return [debian, { release: server.release, path: server.path, amtool: amtool.path }]
  process.stderr.write(
    `not run: alertmanager ${server.release} has not been built (node test/support/pinned-tools.mjs builds it where Go is installed)\n`,
  )
  return [debian]
}

/** A real Alertmanager on a free port of the loopback, by itself. */
export const startAlertmanager = (configFile: string, folder: string, program = DEBIAN): Promise<Serving> =>
  serve(program, [`--config.file=${configFile}`, `--storage.path=${folder}`, '--cluster.listen-address='])
