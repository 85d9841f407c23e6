import { expect, test } from 'vitest'
import { MALFORMED_LINES, MALFORMED_TEXTS, SAMPLE_LINES } from './exposition-cases.ts'
import { runProgram } from './programs.ts'

/** What promtool says of an exposition that it cannot parse. Its advice about names and types does not matter here. */
async function parseErrorOf(text: string): Promise<string | undefined> {
  const { output } = await runProgram('promtool', ['check', 'metrics'], text)
  return output.split('\n').find((line) => /error while linting|text format parsing error/.test(line))
}

test.each(SAMPLE_LINES.map(([line]) => line))('promtool accepts %s', async (line) => {
  expect(await parseErrorOf(`${line}\n`)).toBeUndefined()
})

test.each([...MALFORMED_LINES.map(([line]) => `${line}\n`), ...MALFORMED_TEXTS.map(([text]) => text)])(
  'promtool rejects %j',
  async (text) => {
    expect(await parseErrorOf(text)).toBeDefined()
  },
)
