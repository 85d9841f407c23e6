import { ZERO_ACCOUNT, type Address } from '../../chain/address.ts'
import { ratioOfU16 } from '../../chain/ratio.ts'
import { activityCutoffOf, type SubnetSettings } from '../../chain/subnet.ts'
import { address, count, field, optional, text, u16, variant } from '../../upstream/decode.ts'
import { ifUnderstood, type View } from '../view.ts'
import type { Changes } from './changes.ts'
import { ITEMS, type KnownItem } from '../layout.ts'
import { readImmunityPeriod } from '../subnet.ts'
import { needsFullRefresh } from './full-refresh.ts'

/** The settings of a subnet, and when they were read. */
export interface SettingsReading {
  readonly values: SubnetSettings
  readonly readAt: number
  /** Height of the subnet's last epoch at that time, 0 without one; undefined if unknown. */
  readonly lastEpoch: number | undefined
}

/** The settings read at an earlier height, and the changes since. */
export interface PreviousSettings {
  readonly reading: SettingsReading
  /** Undefined if unknown. Changes in missing blocks are found at the next epoch or full refresh. */
  readonly changes: Changes | undefined
  /** Whether an epoch ran since, or the netuid was given to another subnet. */
  readonly epoch: boolean
}

/**
 * Reads the settings of a subnet. They are changed by calls whose events name the netuid and by swaps of the owner's keys,
 * whose events name the keys, but not by routine events. They are read again after any of these events, after an epoch, and
 * when the subnet is due for a full refresh.
 */
export async function readSettings(
  view: View,
  netuid: number,
  lastEpoch: number | undefined,
  previous: PreviousSettings | undefined,
): Promise<SettingsReading> {
  const { height } = view.block
  if (previous !== undefined && !mayHaveChanged(netuid, height, previous)) return previous.reading
  const read = (item: KnownItem) => ifUnderstood(view.read(item, [netuid], count))
  const [names, neuronsLimit, validatorsLimit, tempo, immunityPeriod, collateralLock, consensus, activity] =
    await Promise.all([
      readNames(view, netuid),
      read(ITEMS.maxAllowedUids),
      read(ITEMS.maxAllowedValidators),
      read(ITEMS.tempo),
      view.shared(readImmunityPeriod, netuid),
      ifUnderstood(view.read(ITEMS.collateralLockShare, [netuid], (share) => ratioOfU16(u16(share)))),
      ifUnderstood(view.read(ITEMS.subnetEpochConsensus, [netuid], variant)),
      view.layout.has(ITEMS.activityCutoffFactorMilli)
        ? read(ITEMS.activityCutoffFactorMilli)
        : read(ITEMS.activityCutoff),
    ])
  const activityCutoff = view.layout.has(ITEMS.activityCutoffFactorMilli)
    ? activity !== undefined && tempo !== undefined
      ? activityCutoffOf(activity, tempo)
      : undefined
    : activity
  const values = {
    ...names,
    neuronsLimit,
    validatorsLimit,
    tempo,
    immunityPeriod,
    activityCutoff,
    collateralLock,
    consensus,
  }
  return { values, readAt: height, lastEpoch }
}

function mayHaveChanged(
  netuid: number,
  height: number,
  { reading, changes, epoch }: PreviousSettings,
): boolean {
  if (changes === undefined || epoch || needsFullRefresh(netuid, reading.readAt, height)) return true
  const { ownerColdkey, ownerHotkey } = reading.values
  const isNamed = (key: Address | undefined) => key !== undefined && changes.accounts.has(key)
  return changes.netuids.has(netuid) || isNamed(ownerColdkey) || isNamed(ownerHotkey)
}

const account = (value: unknown): Address | undefined => {
  const decoded = address(value)
  return decoded === ZERO_ACCOUNT ? undefined : decoded
}

async function readNames(view: View, netuid: number) {
  const [symbol, ownerColdkey, ownerHotkey, name] = await Promise.all([
    ifUnderstood(view.read(ITEMS.tokenSymbol, [netuid], text(view.scrub))),
    ifUnderstood(view.read(ITEMS.subnetOwner, [netuid], account)),
    ifUnderstood(view.read(ITEMS.subnetOwnerHotkey, [netuid], account)),
    ifUnderstood(readName(view, netuid)),
  ])
  return { symbol: symbol ?? '', ownerColdkey, ownerHotkey, name: name ?? '' }
}

/**
 * The subnet's name, '' without one. Only the newest identity map that the runtime has counts: dissolving a subnet removes its entry there
 * (do_dissolve_network, coinbase/root.rs), while older maps keep the entries of dissolved subnets until they are removed at spec 361.
 */
async function readName(view: View, netuid: number): Promise<string> {
  const maps = [ITEMS.subnetIdentitiesV3, ITEMS.subnetIdentitiesV2, ITEMS.subnetIdentities]
  const newest = maps.find((map) => view.layout.has(map))
  if (newest === undefined) return ''
  const nameOf = optional((value) => text(view.scrub)(field(value, 'subnetName')))
  return (await view.read(newest, [netuid], nameOf)) ?? ''
}
