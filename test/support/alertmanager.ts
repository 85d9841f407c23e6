import { serve, type Serving } from './programs.ts'

/** A real Alertmanager on a free port of the loopback, by itself. */
export const startAlertmanager = (configFile: string, folder: string): Promise<Serving> =>
  serve('prometheus-alertmanager', [
    `--config.file=${configFile}`,
    `--storage.path=${folder}`,
    '--cluster.listen-address=',
  ])
