import type { Rule, TestGroup } from './rules.ts'

type Alerts = ReadonlyMap<string, Rule>

export function withValueOnly<R extends Rule>(rule: R): R
export function expectingValues(
  group: TestGroup,
  alerts: Alerts,
): TestGroup & Required<Pick<TestGroup, 'input_series'>>
export function expectingTexts(group: TestGroup, alerts: Alerts): object | undefined
