import { readdir, readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'

/** Wording that must not come back: a pattern, plain wording to use in its place, and a sentence that has it. */
interface Phrase {
  readonly pattern: RegExp
  readonly instead: string
  readonly example: string
}

/** `words` is the source of a regular expression, in which a space also stands for a line break. */
const phrase = (words: string, instead: string, example: string): Phrase => ({
  pattern: new RegExp(words.replaceAll(' ', '\\s+'), 'gim'),
  instead,
  example,
})

const BE = '(?:is|are|was|were|be|been)'

const PHRASES: readonly Phrase[] = [
  phrase('\\banew\\b', 'again', 'The hotkey was registered anew.'),
  phrase('\\bfor good\\b(?! reason)', 'permanently', 'The item is gone for good.'),
  phrase(`\\b${BE} given up\\b`, 'is aborted, abandoned or retired', 'Then the whole view is given up.'),
  phrase('\\b(?:came|comes?) of (?:it|this|that|them)\\b', 'the result', 'The log has what came of it.'),
  phrase(`\\b${BE} said\\b`, 'name who reports what', 'What is said of a node expires.'),
  phrase('\\bsays? so\\b', 'name the metric, status or log line', 'The collector failed, and says so.'),
  phrase(`\\b(?:is|are) (?:not )?to be\\b`, 'must, must not, will be', 'The file is not to be changed.'),
  phrase('\\bwho (?:asks?|reads?) for (?:it|them)\\b', 'clients that request it', 'Who asks for it gets it.'),
  phrase(
    '(?:^|[.;(|]\\s*|\\b(?:and|or|of|for|by|against|from) )who (?:asks|reads|has|holds|wants|needs|can|may|is)\\b',
    'somebody who …, clients that …',
    'Not protected against: floods; who can read its memory.',
  ),
  phrase('\\bnothing that is not\\b', 'only', 'It publishes nothing that is not known.'),
  phrase('\\b(?:what|that) is not known\\b', 'unknown values', 'What is not known is absent.'),
  phrase('\\bthere (?:is|are) such\\b', 'if it exists', 'It is read where there is such a node.'),
  phrase('\\bthere (?:is|are)[.,;:)|]', 'the existing …, the total …', 'All TAO there is.'),
  phrase('\\b(?:is|are) not there\\b', 'is absent', 'A value that could not be read is not there.'),
  phrase('\\b(?:stand|stands|stood|standing) still\\b', 'is stalled', 'The chain stands still.'),
  phrase('\\b(?:go|goes|went|going) on\\b', 'continue', 'The exporter goes on with the old file.'),
  phrase('\\blook(?:s|ed|ing)? after\\b', 'check, monitor', 'Look after keys by other means.'),
  phrase(`\\b${BE} found out\\b`, 'is detected', 'A stalled source is found out.'),
  phrase('\\bmended\\b', 'fixed', 'It found two bugs, and these are mended.'),
  phrase('\\bheld against\\b', 'compared with', 'Each block is held against its hash.'),
  phrase('\\b(?:can|could)(?:not| not) be had\\b', 'is unavailable', 'Some blocks could not be had.'),
  phrase(
    '\\bthe (?:one|configuration|version) before\\b(?! (?:it|the|this))',
    'the previous one',
    'The configuration before stays.',
  ),
  phrase('\\bcollect(?:ors?|ions?) of garbage\\b', 'garbage collection', 'The collector of garbage paused.'),
  phrase('\\bbut for\\b', 'except', 'It is generated but for one file.'),
  phrase('\\b(?:has|have) got\\b', 'has', 'It shows how long a neuron has got.'),
  phrase('\\bof (?:yours|ours)\\b', 'your own, on your side', 'Nobody of yours signed it.'),
  phrase('\\bnot meant\\b', 'not intended', 'Not meant: move the rest.'),
  phrase(
    '\\bunless (?:it is )?told otherwise\\b',
    'by default',
    'It listens on loopback unless told otherwise.',
  ),
  phrase('\\bat (?:the|its) start\\b(?! of)', 'at startup', 'Flags are read at the start alone.'),
  phrase(
    '\\bsomebody is woken\\b|\\bwakes? somebody\\b',
    'pages the on-call engineer',
    'Critical: somebody is woken.',
  ),
  phrase('\\bnewcomers?\\b', 'new registrations', 'It goes when a newcomer registers.'),
  phrase('\\bwithout a word\\b', 'without output', 'The text was parsed without a word.'),
  phrase('\\btold apart\\b|\\btell apart\\b', 'distinguished, identified', 'Rows are told apart by these.'),
  phrase(
    `\\b${BE} (?:not )?(?:left aside|passed over|looked for)\\b`,
    'is skipped, ignored',
    'It is passed over.',
  ),
  phrase(
    '\\b(?:and|but) (?:this|that) is all\\b|\\ball there (?:is|are)\\b',
    'all …, the total …',
    'All there is.',
  ),
  phrase(
    '\\b(?:to|for) whoever\\b|\\bwhoever (?:asks|reads|takes)\\b',
    'clients that …',
    'For whoever can reach it.',
  ),
  phrase(
    "\\bin (?:an|the) operator[’']s words\\b",
    'in terms of the configuration',
    'It is said in an operator’s words.',
  ),
  phrase(
    '\\bgoes? without saying\\b',
    'omitted because it is the default',
    'Such a limit goes without saying.',
  ),
  phrase(
    '\\bevents? of every day\\b|\\beveryday events?\\b',
    'routine events',
    'Named in events of every day.',
  ),
  phrase('\\b(?:is|are) nothing to read\\b', 'name the missing setting', 'There is nothing to read.'),
  phrase('\\b(?:read|asked) off a running\\b', 'verified against a running', 'Read off a running one.'),
  phrase('\\bWhat is (?:not )?known of\\b', 'the data of, the state of', 'What is known of a node.'),
  phrase('\\bunder way\\b', 'in flight, pending', 'A swap is under way.'),
  phrase(
    '\\b(?:log|page|file|metric|table|label|message|line|command|configuration)s? (?:says?|tells?|said|told)\\b',
    'shows, has, names, reports',
    'The log says why.',
  ),
]

/** All findings in a text, as "line: phrase (instead: wording)". */
function findings(text: string): readonly string[] {
  return PHRASES.flatMap(({ pattern, instead }) =>
    [...text.matchAll(pattern)].map((match) => {
      const line = text.slice(0, match.index).split('\n').length
      return `${line}: ${JSON.stringify(match[0])} (instead: ${instead})`
    }),
  )
}

const SKIPPED = new Set(['node_modules', '.git', 'dist', 'fixtures'])

/** The files with this ending in a folder, as paths from the root of the repository. */
async function filesEnding(ending: string, folder = '.'): Promise<readonly string[]> {
  const found: string[] = []
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = folder === '.' ? entry.name : `${folder}/${entry.name}`
    if (entry.isDirectory() && !SKIPPED.has(entry.name)) found.push(...(await filesEnding(ending, path)))
    if (entry.isFile() && entry.name.endsWith(ending)) found.push(path)
  }
  return found.toSorted()
}

/** Seeds of the simulation, which are data: another word would make another chain. */
const withoutSeeds = (text: string): string => text.replaceAll('/newcomer-', '/')

const files = [
  ...(await filesEnding('.md')),
  ...(await filesEnding('.ts', 'src')),
  ...(await filesEnding('.yml', 'alertmanager')),
  ...(await filesEnding('.tmpl', 'alertmanager')),
]

test('the documentation, the source and the alerts are read', () => {
  expect(files).toEqual(
    expect.arrayContaining([
      'README.md',
      'alertmanager/rules/node.yml',
      'alertmanager/templates/bittensor.tmpl',
      'docs/runbooks/BittensorNodeDown.md',
      'src/app.ts',
    ]),
  )
})

test.each(files)('%s has none of the phrases that must not come back', async (file) => {
  expect(findings(withoutSeeds(await readFile(file, 'utf8')))).toEqual([])
})

test.each(PHRASES)('finds "$example", also across lines', ({ pattern, example, instead }) => {
  expect(example.match(pattern)).toHaveLength(1)
  expect(findings(`Fine.\n${example}`)[0]).toMatch(/^2: .* \(instead: /)
  const wrapped = findings(example.replaceAll(' ', '\n'))
  expect(wrapped.some((finding) => finding.includes(`(instead: ${instead})`))).toBe(true)
})

test.each([
  'There is one good reason: for good reasons the value is absent.',
  'Ask somebody who has the coldkey, or whoever can sign.',
  'There is no such subnet, and what is configured must exist.',
  'The log shows the reason, and the page lists the collectors that failed.',
  'At the start of an epoch the one before the last is dropped.',
])('does not find anything in "%s"', (text) => {
  expect(findings(text)).toEqual([])
})
