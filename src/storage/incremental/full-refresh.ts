/**
 * What is read on from an earlier block is read whole at least this often, in blocks (half an hour): the safety net under
 * what events do not tell, as stake that comes of a root claim, whose event names the coldkey alone.
 */
const FULL_REFRESH_BLOCKS = 150

/** Whether a subnet's turn came since a height. Turns are spread, so that subnets first read at one block do not come due together. */
export const needsFullRefresh = (netuid: number, readAt: number, height: number): boolean =>
  refreshNumber(netuid, height) > refreshNumber(netuid, readAt)

const refreshNumber = (netuid: number, height: number): number =>
  Math.floor((height + netuid * 37) / FULL_REFRESH_BLOCKS)
