import { pinnedTool } from '../support/pinned-tools.mjs'

/** The programs of one run. */
interface Servers {
  readonly prometheus: string
  readonly alertmanager: string
}

const OF_DEBIAN: Servers = { prometheus: 'prometheus', alertmanager: 'prometheus-alertmanager' }

/**
 * The Prometheus and Alertmanager that docker-compose.yml pins, if they have been built; with PAGING=debian, or without them, the older
 * ones of Debian. A run takes minutes, so that not both are part of every test run; stderr names those that this one has.
 */
export async function servers(): Promise<Servers> {
  const [prometheus, alertmanager] = await Promise.all([pinnedTool('prometheus'), pinnedTool('alertmanager')])
  if (
    process.env['PAGING'] === 'debian' ||
    prometheus.path === undefined ||
    alertmanager.path === undefined
  ) {
    process.stderr.write(
      `paging is run on the servers of Debian, not on prometheus ${prometheus.release} and alertmanager ${alertmanager.release}\n`,
    )
    return OF_DEBIAN
  }
  process.stderr.write(
    `paging is run on prometheus ${prometheus.release} and alertmanager ${alertmanager.release}; PAGING=debian runs it on those of Debian\n`,
  )
  return { prometheus: prometheus.path, alertmanager: alertmanager.path }
}
