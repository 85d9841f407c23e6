import type { Decimals } from '../chain/money.ts'
import { isImmune, type SubnetNeurons } from '../chain/neuron.ts'
import type { Scope } from '../scope/scope.ts'
import { asciiTexts, type AsciiTexts } from '../metrics/table/ascii.ts'
import {
  ageColumn,
  alphaColumn,
  infoColumn,
  flagColumn,
  numberColumn,
  ratioColumn,
  scoreColumn,
  taoColumn,
  valueColumn,
  type Column,
  type InfoLabels,
} from '../metrics/table/column.ts'
import { gauge, type Families } from '../metrics/define.ts'
import { renderTable, type Block } from '../metrics/table/table.ts'
import { labelPair } from '../metrics/text.ts'
import { OVERRUN, writeAscii, writeBytes } from '../metrics/table/write.ts'
import { readNeuronTable, type NeuronTable } from '../storage/incremental/index.ts'
import type { View } from '../storage/view.ts'
import type { Collector } from './define.ts'
import { readSelection } from './lib/selection.ts'

const LABELS = ['netuid', 'uid', 'hotkey'] as const

const families = {
  info: gauge('bittensor_neuron_info', 'Neuron, its coldkey, and the configured name of a watched hotkey.', [
    ...LABELS,
    'coldkey',
    'name',
    'watched',
  ]),
  stakeTao: gauge(
    'bittensor_neuron_stake_tao',
    'Stake on the hotkey; from spec 233 its alpha on the subnet at the spot price. Up to 150 blocks old, for a hotkey that is not watched, while Sidecar cannot give blocks.',
    LABELS,
  ),
  stakeAlpha: gauge(
    'bittensor_neuron_stake_alpha',
    'Alpha of the subnet staked on the hotkey, from spec 233. Up to 150 blocks old, for a hotkey that is not watched, while Sidecar cannot give blocks.',
    LABELS,
  ),
  rank: gauge(
    'bittensor_neuron_rank_ratio',
    "Rank: stake-weighted sum of validators' weights before consensus; to spec 364.",
    LABELS,
  ),
  trust: gauge(
    'bittensor_neuron_trust_ratio',
    'Trust: share of the rank that remains after consensus; to spec 364.',
    LABELS,
  ),
  validatorTrust: gauge(
    'bittensor_neuron_validator_trust_ratio',
    'Validator trust: agreement of its weights with consensus.',
    LABELS,
  ),
  consensus: gauge(
    'bittensor_neuron_consensus_ratio',
    'Consensus: weight supported by a stake majority of validators.',
    LABELS,
  ),
  incentive: gauge(
    'bittensor_neuron_incentive_ratio',
    "Share of the subnet's miner incentive; over all mechanisms from spec 320.",
    LABELS,
  ),
  dividends: gauge('bittensor_neuron_dividends_ratio', "Share of the subnet's validator dividends.", LABELS),
  emissionTao: gauge('bittensor_neuron_emission_tao', 'TAO earned in the last epoch, to spec 232.', LABELS),
  emissionAlpha: gauge(
    'bittensor_neuron_emission_alpha',
    'Alpha earned in the last epoch, from spec 233.',
    LABELS,
  ),
  lastUpdate: gauge(
    'bittensor_neuron_last_update_block',
    'Height at which the neuron last set weights or was registered.',
    LABELS,
  ),
  updated: gauge('bittensor_neuron_updated_blocks', 'Blocks since the last weights update.', LABELS),
  validatorPermit: gauge(
    'bittensor_neuron_validator_permit',
    '1 if the neuron has a validator permit.',
    LABELS,
  ),
  active: gauge('bittensor_neuron_active', '1 if the last epoch marked the neuron active.', LABELS),
  registered: gauge(
    'bittensor_neuron_registered_block',
    'Height at which the neuron was registered.',
    LABELS,
  ),
  immune: gauge(
    'bittensor_neuron_immune',
    '1 during the immunity period, in which the neuron cannot be replaced.',
    LABELS,
  ),
} satisfies Families

/** The per-neuron table, which may be half a million series: it has an encoder of its own (metrics/table). */
export const neurons: Collector<'chain', View, NeuronReading> = {
  name: 'neurons',
  scope: 'chain',
  families,
  async read(view, { scope, previous }) {
    const { rows } = await view.shared(readSelection, scope)
    const names = namesOf(scope)
    return { table: await readNeuronTable(view, rows, previous?.table, names), names }
  },
  contents: ({ table, names }, _node, decimals) =>
    renderTable(
      families,
      table.subnets.map((subnet) => blockOf(subnet, table.height, names, decimals)),
    ),
}

export interface NeuronReading {
  readonly table: NeuronTable
  readonly names: Names
}

/** The configured names of watched hotkeys, by address; one object as long as the configuration is one. */
type Names = ReadonlyMap<string, string>

const namesOfWatch = new WeakMap<Scope, Names>()

function namesOf(scope: Scope): Names {
  const names = namesOfWatch.get(scope) ?? new Map(scope.hotkeys.map(({ address, name }) => [address, name]))
  namesOfWatch.set(scope, names)
  return names
}

function blockOf(
  subnet: SubnetNeurons,
  height: number,
  names: Names,
  decimals: Decimals | undefined,
): Block<typeof families> {
  const { netuid, scores, stake, emission, incentive, lastUpdate } = subnet
  const labels = labelsOf(subnet)
  const score = (column: Uint16Array | undefined) => column && scoreColumn(column)
  return {
    labels,
    columns: {
      info: infoColumn(factLabels(subnet, names), [subnet.coldkeys, names]),
      ...(stake === undefined
        ? {}
        : stake.unit === 'tao'
          ? { stakeTao: taoColumn(stake.amounts, decimals) }
          : {
              stakeTao: stake.price && valueColumn(stake.amounts, stake.price, netuid, decimals),
              stakeAlpha: alphaColumn(stake.amounts, decimals),
            }),
      rank: score(scores.rank),
      trust: score(scores.trust),
      validatorTrust: score(scores.validatorTrust),
      consensus: score(scores.consensus),
      incentive:
        incentive instanceof Uint16Array ? scoreColumn(incentive) : incentive && ratioColumn(incentive),
      dividends: score(scores.dividends),
      emissionTao: emission?.unit === 'tao' ? taoColumn(emission.amounts, decimals) : undefined,
      emissionAlpha: emission?.unit === 'alpha' ? alphaColumn(emission.amounts, decimals) : undefined,
      lastUpdate: lastUpdate && numberColumn(lastUpdate),
      updated: lastUpdate && ageColumn(lastUpdate, height),
      validatorPermit: subnet.validatorPermit && flagColumn(subnet.validatorPermit),
      active: subnet.active && flagColumn(subnet.active),
      registered: subnet.registeredAt && numberColumn(subnet.registeredAt),
      immune: immuneColumn(subnet, height),
    },
  }
}

/** Labels by the hotkeys of a subnet, which are one array as long as nobody comes or goes. */
const labelsOfHotkeys = new WeakMap<readonly string[], AsciiTexts>()

const HOTKEY = '",hotkey="'

function labelsOf({ netuid, uids, hotkeys }: SubnetNeurons): AsciiTexts {
  const known = labelsOfHotkeys.get(hotkeys)
  if (known !== undefined) return known
  const begin = `netuid="${netuid}",uid="`
  const labels = asciiTexts(
    hotkeys.map((hotkey, row) => [begin, String(uids[row] ?? ''), HOTKEY, hotkey, '"']),
  )
  labelsOfHotkeys.set(hotkeys, labels)
  return labels
}

const COLDKEY = ',coldkey="'
const NOT_WATCHED = Buffer.from('",name="",watched="false"')

/** The longest address there is has 50 characters. */
const COLDKEY_ROOM = 64

/** The labels bittensor_neuron_info has more than the others. */
function factLabels({ hotkeys, coldkeys }: SubnetNeurons, names: Names): InfoLabels {
  const watched = watchedLabels(names)
  const longest = Math.max(NOT_WATCHED.length, ...Array.from(watched.values(), ({ length }) => length))
  return {
    room: COLDKEY_ROOM + longest + OVERRUN,
    write(view, start, row) {
      const at = writeAscii(view, writeAscii(view, start, COLDKEY), coldkeys[row] ?? '')
      return writeBytes(view, at, watched.get(hotkeys[row] ?? '') ?? NOT_WATCHED)
    },
  }
}

const labelsOfNames = new WeakMap<Names, ReadonlyMap<string, Uint8Array>>()

/** What is said of watched hotkeys behind their coldkey, by address, in UTF-8. */
function watchedLabels(names: Names): ReadonlyMap<string, Uint8Array> {
  const known = labelsOfNames.get(names)
  if (known !== undefined) return known
  const labels = new Map(
    Array.from(names, ([address, name]) => [
      address,
      Buffer.from(`",${labelPair('name', name)},watched="true"`),
    ]),
  )
  labelsOfNames.set(names, labels)
  return labels
}

interface Immunity {
  readonly period: number
  readonly flags: readonly boolean[]
  /** The heights at which they are so: from the first up to but not at the second. */
  readonly from: number
  readonly until: number
}

/** Who is immune, by when the neurons were registered: one array as long as nobody's immunity begins or ends. */
const immunityOf = new WeakMap<readonly number[], Immunity>()

/** Changes with the height, but seldom. */
function immuneColumn(
  { registeredAt, immunityPeriod: period }: SubnetNeurons,
  height: number,
): Column<'number'> | undefined {
  if (registeredAt === undefined || period === undefined) return undefined
  const known = immunityOf.get(registeredAt)
  if (known?.period === period && height >= known.from && height < known.until) return flagColumn(known.flags)
  const flags = registeredAt.map((registered) => isImmune(height, registered, period))
  const until = registeredAt.reduce(
    (first, registered, row) => (flags[row] === true ? Math.min(first, registered + period) : first),
    Infinity,
  )
  immunityOf.set(registeredAt, { period, flags, from: height, until })
  return flagColumn(flags)
}
