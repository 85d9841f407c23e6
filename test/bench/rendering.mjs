// How long half a million series take to be published as text: ours, and prom-client's on the same samples.
import { Gauge, Registry } from 'prom-client'
import { NeuronReadings } from '../../dist/collectors/lib/neuron-reading.js'
import { neurons } from '../../dist/collectors/neurons.js'
import { SimulatedChain } from '../../dist/demo/chain.js'
import { Exposition } from '../../dist/metrics/exposition.js'
import { interleaved, NEURONS, SUBNETS } from './lib.mjs'

const SCORES = ['rank', 'trust', 'validatorTrust', 'consensus', 'dividends']

/** The table the reader would make of a truth, in arrays of its own: nothing of it was ever rendered. */
export function tableOf({ height, subnets }) {
  const column = (neurons, of) => neurons.map(of)
  return {
    height,
    specVersion: 346,
    subnets: [...subnets.values()].map(({ netuid, neurons: rows, immunityPeriod, tao, alphaIn }) => ({
      netuid,
      uids: column(rows, ({ uid }) => uid),
      hotkeys: column(rows, ({ hotkey }) => hotkey),
      coldkeys: column(rows, ({ coldkey }) => coldkey),
      stake: {
        unit: 'alpha',
        amounts: column(rows, ({ alpha }) => alpha.toString()),
        price: { bits: (tao << 32n) / (alphaIn + 1n), fractionBits: 32 },
      },
      scores: Object.fromEntries(SCORES.map((name) => [name, Uint16Array.from(rows, (row) => row[name])])),
      incentive: Uint16Array.from(rows, ({ incentive }) => incentive[0]),
      emission: { unit: 'alpha', amounts: column(rows, ({ emission }) => emission.toString()) },
      lastUpdate: column(rows, ({ lastUpdate }) => lastUpdate[0]),
      validatorPermit: column(rows, ({ validatorPermit }) => validatorPermit),
      active: column(rows, ({ active }) => active),
      registeredAt: column(rows, ({ registeredAt }) => registeredAt),
      immunityPeriod,
    })),
  }
}

/** A neuron table as it is rendered by one exporter. */
export function renderer({ table: encoder } = new Exposition([])) {
  const instance = neurons.create({ table: encoder })
  const readings = new NeuronReadings()
  const hotkeys = []
  return (table) => instance.render(readings.derive(table, hotkeys), { node: 'a', decimals: 9 })
}

/** Renders and publishes, as the daemon does after each poll. */
const publisher = () => {
  const { families } = neurons
  const exposition = new Exposition(families)
  const render = renderer(exposition)
  return async (table) => {
    exposition.publish([{ families, part: '', contents: await render(table) }])
  }
}

/** The samples of an exposition as prom-client wants them: taken from our own text, so that they are the same. */
async function samplesOf(table) {
  const contents = await renderer()(table)
  return neurons.families.flatMap((family) => {
    const samples = (contents.get(family.name)?.chunks ?? []).flatMap(({ bytes }) =>
      bytes
        .toString()
        .trimEnd()
        .split('\n')
        .map((line) => {
          const labels = Object.fromEntries(
            [...line.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]),
          )
          return [labels, Number(line.slice(line.lastIndexOf(' ') + 1))]
        }),
    )
    return samples.length === 0 ? [] : [{ family, samples }]
  })
}

async function byPromClient(families) {
  const registry = new Registry()
  for (const { family, samples } of families) {
    const gauge = new Gauge({
      name: family.name,
      help: family.help,
      labelNames: family.labels,
      registers: [registry],
    })
    for (const [labels, value] of samples) gauge.set(labels, value)
  }
  return (await registry.metrics()).length
}

export async function rendering() {
  const chain = new SimulatedChain({ spec: 346, subnets: SUBNETS, neurons: () => NEURONS, still: true })
  const truth = chain.truth()
  const publish = publisher()
  const table = tableOf(truth)
  const began = performance.now()
  await publish(table)
  const first = performance.now() - began
  const families = await samplesOf(tableOf(truth))
  const series = families.reduce((sum, { samples }) => sum + samples.length, 0)
  // Each is timed the second time after a collection of garbage, which takes optimised code with it.
  const timed = async (run) => {
    const start = performance.now()
    await run()
    return performance.now() - start
  }
  let { height } = truth
  const times = await interleaved(9, {
    ours: async () => {
      await publish(tableOf(truth))
      const table = tableOf(truth)
      return timed(() => publish(table))
    },
    promClient: async () => {
      await byPromClient(families)
      return timed(() => byPromClient(families))
    },
    again: async () => {
      const table = tableOf(truth)
      await publish(table)
      const fresh = tableOf(truth)
      height++
      // The next block: every height has moved, every pool's price too, and eight subnets are all new.
      const subnets = table.subnets.map((subnet, index) => {
        if (index < 8) return fresh.subnets[index]
        const { bits, fractionBits } = subnet.stake.price
        return { ...subnet, stake: { ...subnet.stake, price: { bits: bits + 1n, fractionBits } } }
      })
      return timed(() => publish({ ...table, height, subnets }))
    },
  })
  return {
    render_vs_prom_client: times.promClient / times.ours,
    rerender_8_of_128_ms_ratio: times.ours / times.again,
    full_render_ms: times.ours,
    rerender_ms: times.again,
    first_render_ms: first,
    series,
  }
}

/** A table of mainnet's size. */
export const fullTable = () =>
  tableOf(new SimulatedChain({ spec: 346, subnets: SUBNETS, neurons: () => NEURONS, still: true }).truth())
