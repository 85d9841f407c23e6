import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { COLLECTORS } from '../../src/collectors/index.ts'
import { SelfMetrics } from '../../src/metrics/self.ts'
import { openApi } from '../../src/web/api/openapi.ts'
import { ALERTS_MODULE, renderAlerts } from './alerts.ts'
import { renderApi } from './api.ts'
import { renderConfig, renderConfigSchema } from './config.ts'
import { renderDashboards } from './dashboards.ts'
import { json } from './format.ts'
import { renderMetrics } from './metrics.ts'
import { PROMETHEUS_RULES, renderPrometheusRules } from './prometheus-rules.ts'
import { renderThresholds } from './thresholds.ts'

const RULE_FOLDER = 'alertmanager/rules'
const THRESHOLDS_FILE = 'thresholds.yml'

/** Every generated file of the repository: its text by its path from the root. Writes nothing. */
export async function render(root: string): Promise<ReadonlyMap<string, string>> {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string }
  const thresholds = renderThresholds()
  const rules = await ruleFiles(root)
  return new Map([
    ['docs/METRICS.md', renderMetrics(COLLECTORS, new SelfMetrics(NO_BUILD, false, []))],
    ['docs/CONFIG.md', renderConfig()],
    ['docs/config.schema.json', await renderConfigSchema()],
    ['docs/API.md', renderApi()],
    ['docs/openapi.json', await json('docs/openapi.json', openApi(version))],
    [`${RULE_FOLDER}/${THRESHOLDS_FILE}`, thresholds],
    [PROMETHEUS_RULES, await renderPrometheusRules(new Map(rules).set(THRESHOLDS_FILE, thresholds))],
    [ALERTS_MODULE, await renderAlerts(rules)],
    ...(await renderDashboards()),
  ])
}

/** METRICS.md shows definitions, which do not depend on the build. */
const NO_BUILD = { version: '', revision: '', nodeVersion: '' }

/** The text of each rule file by its name, in the order of the names. */
async function ruleFiles(root: string): Promise<ReadonlyMap<string, string>> {
  const names = (await readdir(join(root, RULE_FOLDER))).filter((name) => name.endsWith('.yml'))
  return new Map(
    await Promise.all(
      names
        .toSorted()
        .map(async (name) => [name, await readFile(join(root, RULE_FOLDER, name), 'utf8')] as const),
    ),
  )
}
