import type { Address } from '../../chain/address.ts'
import { alpha, rao } from '../../chain/money.ts'
import { isImmune, type Emission, type Neuron, type NeuronStake } from '../../chain/neuron.ts'
import { valueAt } from '../../chain/price.ts'
import { ratioOfU16, type Ratio } from '../../chain/ratio.ts'
import { address, alphaAmount, amountVector, booleanVector, count, raoAmount, u16Vector } from '../decode.ts'
import type { View } from '../view.ts'
import { readOwner } from './hotkey.ts'
import { ITEMS } from './layout.ts'
import { readMechanismVectors } from './mechanism.ts'
import { readPrice } from './price.ts'

/** Which neurons of a subnet to read: every one, or these UIDs, whose hotkeys are known. */
export type Rows = 'all' | ReadonlyMap<number, Address>

/** Neurons of one subnet that exists, by UID ascending. */
export async function readNeurons(view: View, netuid: number, rows: Rows): Promise<readonly Neuron[]> {
  const size = await view.read(ITEMS.subnetworkN, [netuid], count)
  const [vectors, immunityPeriod, hotkeys] = await Promise.all([
    readVectors(view, netuid, size),
    view.read(ITEMS.immunityPeriod, [netuid], count),
    rows === 'all' ? readHotkeys(view, netuid, size) : rows,
  ])
  return Promise.all(
    Array.from(hotkeys, async ([uid, hotkey]): Promise<Neuron> => {
      const [coldkey, stake, registeredAt] = await Promise.all([
        view.shared(readOwner, hotkey),
        readStake(view, netuid, hotkey),
        view.read(ITEMS.blockAtRegistration, [netuid, uid], count),
      ])
      const immune = isImmune(view.block.height, registeredAt, immunityPeriod)
      return { netuid, uid, hotkey, coldkey, stake, registeredAt, immune, ...vectors(uid) }
    }),
  )
}

async function readHotkeys(view: View, netuid: number, size: number): Promise<ReadonlyMap<number, Address>> {
  const uids = Array.from({ length: size }, (_, uid) => uid)
  return new Map(
    await Promise.all(
      uids.map(async (uid) => [uid, await view.read(ITEMS.keys, [netuid, uid], address)] as const),
    ),
  )
}

async function readStake(view: View, netuid: number, hotkey: Address): Promise<NeuronStake> {
  if (view.layout.unit === 'tao')
    return { unit: 'tao', value: await view.read(ITEMS.totalHotkeyStake, [hotkey], raoAmount) }
  const [amount, price] = await Promise.all([
    view.read(ITEMS.totalHotkeyAlpha, [hotkey, netuid], alphaAmount(netuid)),
    view.shared(readPrice, netuid),
  ])
  return { unit: 'alpha', amount, value: price === undefined ? undefined : valueAt(amount, price) }
}

type VectorFields = Omit<
  Neuron,
  'netuid' | 'uid' | 'hotkey' | 'coldkey' | 'stake' | 'registeredAt' | 'immune'
>

/** The fields the chain keeps as one vector per subnet, as a function of the UID. */
async function readVectors(view: View, netuid: number, size: number): Promise<(uid: number) => VectorFields> {
  const [scores, flags, emission, mechanisms] = await Promise.all([
    Promise.all(
      [ITEMS.rank, ITEMS.trust, ITEMS.validatorTrust, ITEMS.consensus, ITEMS.dividends].map((item) =>
        view.readIfKept(item, [netuid], u16Vector(size)),
      ),
    ),
    Promise.all(
      [ITEMS.validatorPermit, ITEMS.active].map((item) => view.read(item, [netuid], booleanVector(size))),
    ),
    view.read(ITEMS.emission, [netuid], amountVector(size)),
    readMechanismVectors(view, netuid, size),
  ])
  const [rank, trust, validatorTrust, consensus, dividends] = scores
  const [validatorPermit, active] = flags
  const emitted = (units: bigint | undefined): Emission | undefined => {
    if (units === undefined) return undefined
    return view.layout.unit === 'tao'
      ? { unit: 'tao', amount: rao(units) }
      : { unit: 'alpha', amount: alpha(units, netuid) }
  }
  return (uid) => ({
    rank: ratioAt(rank, uid),
    trust: ratioAt(trust, uid),
    validatorTrust: ratioAt(validatorTrust, uid),
    consensus: ratioAt(consensus, uid),
    dividends: ratioAt(dividends, uid),
    incentive: mechanisms.incentive(uid),
    emission: emitted(emission?.[uid]),
    lastUpdate: mechanisms.lastUpdate(uid),
    validatorPermit: validatorPermit?.[uid],
    active: active?.[uid],
  })
}

function ratioAt(scores: readonly number[] | undefined, uid: number): Ratio | undefined {
  const score = scores?.[uid]
  return score === undefined ? undefined : ratioOfU16(score)
}
