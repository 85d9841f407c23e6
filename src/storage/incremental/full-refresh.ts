/**
 * Maximum number of blocks between full reads of a subnet (half an hour). A safety net for changes that no event reports, such
 * as stake from a root claim, whose event names only the coldkey.
 */
const FULL_REFRESH_BLOCKS = 150

/** Whether a subnet is due for a full read. Due heights are spread so that subnets are not all due at once. */
export const needsFullRefresh = (netuid: number, readAt: number, height: number): boolean =>
  refreshNumber(netuid, height) > refreshNumber(netuid, readAt)

const refreshNumber = (netuid: number, height: number): number =>
  Math.floor((height + netuid * 37) / FULL_REFRESH_BLOCKS)
