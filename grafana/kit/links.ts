import { defaultDashboardLink, type DashboardLink } from '@grafana/grafana-foundation-sdk/dashboard'

/**
 * Base URL of the runbooks, in dashboards and in the annotations of alert rules: the copies that the exporter serves, at its default
 * address. Operators replace it where they install them (alertmanager/README.md).
 */
export const RUNBOOKS = 'http://127.0.0.1:9645/runbooks'

/** The dashboards: their uid is `bittensor-` and the word. */
export const BOARDS = {
  overview: 'Overview',
  nodes: 'Nodes',
  keys: 'Keys and balances',
  subnet: 'Subnet',
  neuron: 'Neuron',
  exporter: 'Exporter',
} as const

/** One word per dashboard, in its uid, its URL and its file name. */
export type Board = keyof typeof BOARDS

/** The uid of a dashboard. */
export const uidOf = (board: Board): string => `bittensor-${board}`

/** Keeps the time range, the data source and the job of the dashboard one comes from. */
const KEPT = '${__url_time_range}&${datasource:queryparam}&${job:queryparam}'

/** The address of a dashboard, for a link of a panel or of a cell; `variables` are `var-…=` pairs. */
export const boardUrl = (board: Board, ...variables: readonly string[]): string =>
  `/d/${uidOf(board)}/${board}?${[KEPT, ...variables].join('&')}`

/** The page about an alert. */
export const runbookUrl = (alert: string): string => `${RUNBOOKS}/${alert}`

/** A link at the top of a dashboard, in sight (the SDK's default hides it in a menu). */
function topLink(title: string, tooltip: string, url: string, icon: string, own: boolean): DashboardLink {
  const { placement: _menu, ...link } = defaultDashboardLink()
  return { ...link, title, tooltip, url, icon, includeVars: own, keepTime: own, targetBlank: !own }
}

/** The links at the top of one dashboard: to all the others, and to the runbooks. */
export const topLinks = (from: Board): DashboardLink[] => [
  ...(Object.keys(BOARDS) as Board[])
    .filter((board) => board !== from)
    .map((board) => {
      const title = BOARDS[board]
      return topLink(title, `Dashboard: ${title}`, `/d/${uidOf(board)}/${board}`, 'dashboard', true)
    }),
  topLink('Runbooks', 'What to do about each alert', RUNBOOKS, 'doc', false),
]
