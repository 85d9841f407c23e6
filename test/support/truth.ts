import type { SubnetTruth, Truth } from '../../src/demo/truth.ts'

/** What /metrics must say of the neurons and subnets of a truth, by plain arithmetic on it. */
export function expectedOf(truth: Truth, decimals: number): Map<string, number> {
  const expected = new Map<string, number>()
  const alphaEra = truth.spec >= 233
  const tokens = (units: bigint) => Number(`${units}e-${decimals}`)
  for (const subnet of truth.subnets.values()) {
    const { netuid } = subnet
    const price = alphaEra ? priceBitsOf(subnet, truth.spec) : 0n
    const fraction = truth.spec >= 423 && subnet.mechanismKind === 1 ? 64n : 32n
    expected.set(`bittensor_subnet_neurons{netuid="${netuid}"}`, subnet.neurons.length)
    expected.set(`bittensor_subnet_registration_cost_tao{netuid="${netuid}"}`, tokens(subnet.burn))
    if (alphaEra) {
      expected.set(`bittensor_subnet_pool_tao{netuid="${netuid}"}`, tokens(subnet.tao))
      expected.set(
        `bittensor_subnet_alpha_price_tao{netuid="${netuid}"}`,
        Number(price) / 2 ** Number(fraction),
      )
    }
    for (const neuron of subnet.neurons) {
      const labels = `{netuid="${netuid}",uid="${neuron.uid}",hotkey="${neuron.hotkey}"}`
      const say = (family: string, value: number) =>
        expected.set(`bittensor_neuron_${family}${labels}`, value)
      const ratio = (family: string, score: number) => say(`${family}_ratio`, score / 65_535)
      if (truth.spec < 365) {
        ratio('rank', neuron.rank)
        ratio('trust', neuron.trust)
      }
      ratio('consensus', neuron.consensus)
      ratio('validator_trust', neuron.validatorTrust)
      ratio('dividends', neuron.dividends)
      const updates = truth.spec >= 320 ? neuron.lastUpdate : neuron.lastUpdate.slice(0, 1)
      say('last_update_block', Math.max(...updates))
      say('updated_blocks', truth.height - Math.max(...updates))
      say(`emission_${alphaEra ? 'alpha' : 'tao'}`, tokens(neuron.emission))
      if (alphaEra) say('stake_alpha', tokens(neuron.alpha))
      say('stake_tao', tokens(alphaEra ? (neuron.alpha * price) >> fraction : neuron.stake))
      say('validator_permit', Number(neuron.validatorPermit))
      say('active', Number(neuron.active))
      say('registered_block', neuron.registeredAt)
      say('immune', Number(truth.height - neuron.registeredAt < subnet.immunityPeriod))
    }
  }
  return expected
}

/** The chain's fixed-point prices (chain/NOTES §3), from integers. */
export function priceBitsOf(subnet: SubnetTruth, spec: number): bigint {
  if (subnet.netuid === 0 || subnet.mechanismKind === 0) return 1n << 32n
  if (spec < 290) return (subnet.tao << 32n) / subnet.alphaIn
  if (spec < 423)
    return subnet.swapInitialized
      ? (subnet.squareRootPriceBits ** 2n) >> 96n
      : ((subnet.tao + subnet.taoProvided) << 32n) / (subnet.alphaIn + subnet.alphaInProvided)
  const weights = ((10n ** 18n - subnet.balancerQuote) << 64n) / subnet.balancerQuote
  return (weights * ((subnet.tao << 64n) / subnet.alphaIn)) >> 64n
}
