/**
 * Mutants of rules: each is the rule with one small fault in it, as a tired person would make it.
 * @typedef {{ readonly what: string, readonly rule: object }} Mutant
 */

/** What stands outside of strings and braces is the expression's own: blanked elsewhere, of the same length. */
const blanked = (expr) =>
  expr.replaceAll(/\{[^{}]*\}|"(?:[^"\\]|\\.)*"|\[[^\]]*\]/g, (text) => ' '.repeat(text.length))

const COMPARED = { '>': ['>=', '<'], '<': ['<=', '>'], '>=': ['>'], '<=': ['<'], '==': ['!='], '!=': ['=='] }
const MATCHED = { '=': '!=', '!=': '=', '=~': '!~', '!~': '=~' }
const SWAPPED = {
  ...{ min: 'max', max: 'min', avg_over_time: 'max_over_time', min_over_time: 'max_over_time' },
  ...{ max_over_time: 'min_over_time', last_over_time: 'max_over_time' },
}

const spliced = (text, from, to, by) => text.slice(0, from) + by + text.slice(to)

/** Mutants of an expression: [what was done, the expression]. */
function* expressions(expr) {
  const own = blanked(expr)
  for (const { 0: operator, index } of own.matchAll(/[<>]=?|[=!]=/g))
    for (const by of COMPARED[operator] ?? [])
      yield [`${operator} → ${by}`, spliced(expr, index, index + operator.length, by)]
  // Two rulers record equal thresholds, so any aggregation of them is right.
  for (const { 0: name, index } of own.matchAll(
    /\b(?:min|max(?!\(bittensor:threshold_)|(?:avg|min|max|last)_over_time)\b/g,
  ))
    yield [`${name} → ${SWAPPED[name]}`, spliced(expr, index, index + name.length, SWAPPED[name])]
  for (const { 0: offset, index } of own.matchAll(/ offset \w+/g))
    yield [`without${offset}`, spliced(expr, index, index + offset.length, '')]
  for (const { 0: range, 1: count, 2: unit, index } of expr.matchAll(/\[(\d+)(\w)\]/g))
    for (const times of [0.4, 2.5]) {
      const seconds = Math.round(Number(count) * { m: 60, h: 3600, d: 86400 }[unit] * times)
      yield [`${range} → [${seconds}s]`, spliced(expr, index, index + range.length, `[${seconds}s]`)]
    }
  yield* matchers(expr)
  yield* clauses(expr, own)
}

function* matchers(expr) {
  for (const { 0: braces, index } of expr.matchAll(/\{[^{}]*\}/g)) {
    const each = braces.slice(1, -1).match(/\w+\s*(?:=~|!~|!=|=)\s*"(?:[^"\\]|\\.)*"/g) ?? []
    for (const [at, matcher] of each.entries()) {
      const rest = each.filter((_, other) => other !== at)
      const put = (list) => spliced(expr, index, index + braces.length, `{${list.join(',')}}`)
      // A selector must have a matcher or a name; all of ours have a name.
      yield [`without ${matcher}`, put(rest)]
      const flipped = matcher.replace(/=~|!~|!=|=/, (operator) => MATCHED[operator])
      yield [`${matcher} → ${flipped}`, put(each.with(at, flipped))]
    }
  }
}

/** Set operators with what is to their right, up to the next one on their level, left out. */
function* clauses(expr, own) {
  for (const { 0: word, index } of own.matchAll(/\b(?:and|or|unless)\b/g)) {
    let depth = 0
    let end = index + word.length
    for (; end < own.length && depth >= 0; end += 1) {
      if (own[end] === '(') depth += 1
      if (own[end] === ')') depth -= 1
      if (depth === 0 && /^\b(?:and|or|unless)\b/.test(own.slice(end)) && /\W/.test(own[end - 1])) break
    }
    if (depth < 0) end -= 1
    const clause = expr.slice(index, end).trim().replaceAll(/\s+/g, ' ')
    yield [`without ${clause}`, spliced(expr, index, end, '')]
  }
}

function* durations(text) {
  const [, count, unit] = /^(\d+)(\w)$/.exec(text) ?? []
  yield ['without for', undefined]
  yield [`for: ${text} → twice`, `${Number(count) * 2}${unit}`]
}

function* thresholds(expr) {
  const value = Number(/^vector\(([\d.]+)\)$/.exec(expr)?.[1])
  const step = Number.isInteger(value) && value < 1000 ? 1 : value / 50
  for (const by of [value - step, value + step])
    yield [`${value} → ${Number(by.toFixed(6))}`, `vector(${Number(by.toFixed(6))})`]
}

/** @returns {readonly Mutant[]} of a rule, by what was done to it; a number tells places of the same kind apart. */
export function mutantsOf(rule) {
  const mutants = []
  const changed = rule.record?.includes(':threshold_') ? thresholds(rule.expr) : expressions(rule.expr)
  for (const [what, expr] of changed) mutants.push({ what, rule: { ...rule, expr } })
  if (rule.for !== undefined)
    for (const [what, held] of durations(rule.for)) {
      const { for: _, ...rest } = rule
      mutants.push({ what, rule: held === undefined ? rest : { ...rest, for: held } })
    }
  if (rule.keep_firing_for !== undefined) {
    const { keep_firing_for: _, ...rest } = rule
    mutants.push({ what: 'without keep_firing_for', rule: rest })
  }
  const seen = new Map()
  return mutants.map((mutant) => {
    const count = (seen.get(mutant.what) ?? 0) + 1
    seen.set(mutant.what, count)
    return count === 1 ? mutant : { ...mutant, what: `${mutant.what} (${count})` }
  })
}
