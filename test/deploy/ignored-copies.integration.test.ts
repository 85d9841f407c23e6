import { describe, expect, test } from 'vitest'
import { runProgram } from '../support/programs.ts'
import { ROOT, source } from './files.ts'

describe('what operators change is a copy that git does not see', () => {
  test.each([
    '.env',
    'exporter.yml',
    'deploy/compose/exporter/exporter.yml',
    'deploy/compose/exporter/web.yml',
    'deploy/compose/alertmanager/alertmanager.yml',
    'deploy/compose/secrets/grafana_admin_password',
    'deploy/compose/secrets/alertmanager/slack-url',
  ])('%s', async (path) => {
    const { code } = await runProgram('git', ['-C', ROOT, 'check-ignore', '--no-index', '--quiet', path])
    expect(code).toBe(0)
    expect((await runProgram('git', ['-C', ROOT, 'ls-files', path])).output).toBe('')
  })

  test.each([
    '.env.example',
    'deploy/compose/exporter/exporter.example.yml',
    'alertmanager/alertmanager.yml',
  ])('there is %s to copy', async (path) => {
    expect((await runProgram('git', ['-C', ROOT, 'check-ignore', '--no-index', '--quiet', path])).code).toBe(
      1,
    )
    await expect(source(path)).resolves.not.toBe('')
  })
})
