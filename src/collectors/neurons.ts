import { tableCollector } from './define.ts'
import { column, flagColumn, type NeuronColumn } from './lib/neuron-column.ts'
import { NeuronReadings, type NeuronReading, type NeuronRows } from './lib/neuron-reading.ts'
import { readSelection } from './lib/selection.ts'
import type { TableBlock } from '../metrics/table/index.ts'
import { readNeuronTable, type NeuronTable } from '../storage/incremental/index.ts'

/** The columns of the neuron table. The API and the page show the same ones. */
export const NEURON_COLUMNS = [
  column(
    'bittensor_neuron_info',
    'Neuron, its coldkey, and the configured name of a watched hotkey.',
    ({ coldkeys, hotkeys, watched }) => ({
      form: 'info',
      label: 'coldkey',
      values: coldkeys,
      keys: hotkeys,
      rest: watched,
    }),
  ),
  column(
    'bittensor_neuron_stake_tao',
    'Stake on the hotkey; from spec 233 its alpha on the subnet at the spot price. Up to 150 blocks old, for a hotkey that is not watched, while blocks cannot be read.',
    ({ stake, netuid }) => {
      if (stake?.unit === 'tao') return { form: 'rao', amounts: stake.amounts }
      if (stake?.price === undefined) return undefined
      return { form: 'value', amounts: stake.amounts, price: stake.price, netuid }
    },
    { heading: 'Stake (TAO)', sort: 'stake' },
  ),
  column(
    'bittensor_neuron_stake_alpha',
    'Alpha of the subnet staked on the hotkey, from spec 233. Up to 150 blocks old, for a hotkey that is not watched, while blocks cannot be read.',
    ({ stake }) => (stake?.unit === 'alpha' ? { form: 'alpha', amounts: stake.amounts } : undefined),
    { sort: 'stake' },
  ),
  column(
    'bittensor_neuron_rank_ratio',
    "Rank: stake-weighted sum of validators' weights before consensus; to spec 364.",
    ({ scores }) => scoreCells(scores.rank),
  ),
  column(
    'bittensor_neuron_trust_ratio',
    'Trust: share of the rank that remains after consensus; to spec 364.',
    ({ scores }) => scoreCells(scores.trust),
  ),
  column(
    'bittensor_neuron_validator_trust_ratio',
    'Validator trust: agreement of its weights with consensus.',
    ({ scores }) => scoreCells(scores.validatorTrust),
    { heading: 'V. trust', sort: 'validator_trust' },
  ),
  column(
    'bittensor_neuron_consensus_ratio',
    'Consensus: weight supported by a stake majority of validators.',
    ({ scores }) => scoreCells(scores.consensus),
    { heading: 'Consensus', sort: 'consensus' },
  ),
  column(
    'bittensor_neuron_incentive_ratio',
    "Share of the subnet's miner incentive; over all mechanisms from spec 320.",
    ({ incentive }) =>
      incentive instanceof Uint16Array
        ? scoreCells(incentive)
        : incentive && { form: 'ratios', values: incentive },
    { heading: 'Incentive', sort: 'incentive' },
  ),
  column(
    'bittensor_neuron_dividends_ratio',
    "Share of the subnet's validator dividends.",
    ({ scores }) => scoreCells(scores.dividends),
    { heading: 'Dividends', sort: 'dividends' },
  ),
  column(
    'bittensor_neuron_emission_tao',
    'TAO earned in the last epoch, to spec 232.',
    ({ emission }) => (emission?.unit === 'tao' ? { form: 'rao', amounts: emission.amounts } : undefined),
    { heading: 'Emission (TAO)', sort: 'emission' },
  ),
  column(
    'bittensor_neuron_emission_alpha',
    'Alpha earned in the last epoch, from spec 233.',
    ({ emission }) => (emission?.unit === 'alpha' ? { form: 'alpha', amounts: emission.amounts } : undefined),
    { heading: 'Emission (alpha)', sort: 'emission' },
  ),
  column(
    'bittensor_neuron_last_update_block',
    'Height at which the neuron last set weights or was registered.',
    ({ lastUpdate }) => lastUpdate && { form: 'numbers', values: lastUpdate },
  ),
  column(
    'bittensor_neuron_updated_blocks',
    'Blocks since the last weights update.',
    ({ lastUpdate, height }) => lastUpdate && { form: 'ages', heights: lastUpdate, height },
    { heading: 'Updated', sort: 'updated', sortedBy: 'blocks since the last update' },
  ),
  flagColumn(
    'bittensor_neuron_validator_permit',
    '1 if the neuron has a validator permit.',
    ({ validatorPermit }) => validatorPermit,
    { heading: 'Permit', sort: 'permit', sortedBy: 'validator permit' },
  ),
  flagColumn(
    'bittensor_neuron_active',
    '1 if the last epoch marked the neuron active.',
    ({ active }) => active,
    { heading: 'Active' },
  ),
  column(
    'bittensor_neuron_registered_block',
    'Height at which the neuron was registered.',
    ({ registeredAt }) => registeredAt && { form: 'numbers', values: registeredAt },
  ),
  flagColumn(
    'bittensor_neuron_immune',
    '1 during the immunity period, in which the neuron cannot be replaced.',
    ({ immune }) => immune,
    { heading: 'Immune' },
  ),
] as const satisfies readonly NeuronColumn[]

/** The neuron table, which can have half a million series. */
export const neurons = tableCollector('neurons', {
  description: 'Every neuron of the subnets: the largest table by far.',
  scope: 'chain',
  shard: 'by-subnet',
  create() {
    const readings = new NeuronReadings()
    let previous: NeuronTable | undefined
    return {
      async read(view, { scope }) {
        const { rows } = await view.shared(readSelection, scope)
        const table = await readNeuronTable(view, rows, previous, readings.namesOf(scope.hotkeys))
        return readings.derive(table, scope.hotkeys)
      },
      published({ table }) {
        previous = table
      },
    }
  },
  columns: NEURON_COLUMNS,
  blocks: ({ subnets }: NeuronReading) => subnets.map(blockOf),
})

/** The hotkeys of a subnet are the same array until a neuron is registered, and so are its other labels. */
const blockOf = (rows: NeuronRows): TableBlock<NeuronRows> => ({
  key: rows.hotkeys,
  labels() {
    const begin = `netuid="${rows.netuid}",uid="`
    return rows.hotkeys.map((hotkey, row) => [begin, String(rows.uids[row] ?? ''), '",hotkey="', hotkey, '"'])
  },
  data: rows,
})

function scoreCells(values: Uint16Array | undefined) {
  return values && ({ form: 'scores', values } as const)
}
