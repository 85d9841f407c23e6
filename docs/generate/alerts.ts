import { parse } from 'yaml'
import { formatted } from './format.ts'

/** The alerts as the page and the API show them. */
export const ALERTS_MODULE = 'src/web/problems/alerts.ts'

interface RuleFile {
  readonly groups: readonly { readonly rules: readonly Rule[] }[]
}

interface Rule {
  readonly alert?: string
  readonly for?: string
  readonly labels?: { readonly severity?: string }
  readonly annotations?: { readonly summary?: string; readonly runbook_url?: string }
}

const HEADER = `// Rendered from alertmanager/rules by: npm run generate

export interface Alert {
  readonly severity: 'critical' | 'warning' | 'info'
  /** The headline. May name labels of its series as \`{{ $labels.NAME }}\`. */
  readonly summary: string
  readonly runbookUrl: string
  /** How long its expression must be true before it fires, in seconds. */
  readonly forSeconds: number
}

/** Every shipped alert by its name. */
`

/**
 * The shipped alerts as a module, so that the page and the API show them in the same words.
 * @param files has the text of each rule file by its name.
 */
export function renderAlerts(files: ReadonlyMap<string, string>): Promise<string> {
  const rules = [...files.values()].flatMap((text) =>
    (parse(text) as RuleFile).groups.flatMap((group) => group.rules),
  )
  const alerts = Object.fromEntries(
    rules.flatMap(({ alert, labels, annotations, for: duration = '0s' }) =>
      alert === undefined
        ? []
        : [
            [
              alert,
              {
                severity: labels?.severity,
                summary: annotations?.summary,
                runbookUrl: annotations?.runbook_url,
                forSeconds: secondsOf(duration),
              },
            ],
          ],
    ),
  )
  const value = JSON.stringify(alerts)
  const text = `${HEADER}export const ALERTS = ${value} as const satisfies Readonly<Record<string, Alert>>\n`
  return formatted(ALERTS_MODULE, text)
}

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 }

/** Throws for a duration of another form, such as `1h30m`. */
function secondsOf(duration: string): number {
  const [, number, unit = ''] = /^(\d+)([smhd])$/.exec(duration) ?? []
  const size = UNITS[unit]
  if (size === undefined) throw new Error(`not a duration of one unit: ${duration}`)
  return Number(number) * size
}
