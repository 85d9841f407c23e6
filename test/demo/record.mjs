// Records what a real Sidecar answers, for parity.test.ts. By hand, before a node with a seeded metagraph that has
// netuid 1, whose UID 1 has published an endpoint (Prometheus), and state that is discarded after at most 256 blocks:
//
//   node test/demo/record.mjs http://127.0.0.1:8080 > test/fixtures/shapes/103.json
//
// Names in braces stand for what differs from chain to chain; both sides look them up in the same way.

const [, , url] = process.argv
if (url === undefined) throw new Error('usage: node test/demo/record.mjs SIDECAR_URL')

const ask = async (path) => {
  const response = await fetch(url + path)
  return {
    status: response.status,
    contentType: response.headers.get('content-type'),
    text: await response.text(),
  }
}
const json = async (path) => JSON.parse((await ask(path)).text)
const item = (name, keys = [], pallet = 'SubtensorModule') =>
  `/pallets/${pallet}/storage/${name}${keys.length === 0 ? '' : '?'}${keys.map((key) => `keys[]=${key}`).join('&')}`

const { at } = await json('/runtime/spec')
const best = Number((await json('/blocks/head/header?finalized=false')).number)
const hotkey = (await json(item('Keys', [1, 1]))).value
const coldkey = (await json(item('Owner', [hotkey]))).value
const names = {
  height: at.height,
  hash: at.hash,
  best: String(best),
  future: String(best + 1000),
  discarded: String(best - 300),
  hotkey,
  coldkey,
}
const filled = (path) => path.replace(/\{(\w+)\}/g, (_, name) => names[name])

const zero = '5C4hrfjw9DjXZTzV3MwzrrAr9P1MJhSrvWGWqi1eSuyUpnhM'
const subnetItems =
  'NetworksAdded SubnetworkN MaxAllowedUids Tempo BlocksSinceLastStep LastMechansimStepBlock LastEpochBlock ImmunityPeriod ' +
  'ActivityCutoff ActivityCutoffFactorMilli Burn CollateralLockShare SubnetEpochConsensus Difficulty RegistrationsThisInterval RegistrationsThisBlock ' +
  'NetworkRegisteredAt SubnetOwner SubnetOwnerHotkey SubnetTAO SubnetAlphaIn SubnetAlphaOut TotalAlphaStaked SubnetMovingPrice SubnetTaoProvided SubnetAlphaInProvided ' +
  'SubnetMechanism TokenSymbol SubnetIdentities SubnetIdentitiesV2 SubnetIdentitiesV3 MechanismCountCurrent ' +
  'MechanismEmissionSplit MinNonImmuneUids ImmuneOwnerUidsLimit Rank Trust PruningScores Consensus Incentive Dividends ' +
  'Emission LastUpdate ValidatorTrust ValidatorPermit Active StakeWeight'
const swapItems = ['SwapV3Initialized', 'AlphaSqrtPrice', 'SwapBalancer']
const migration = (name) => item('HasMigrationRun', [`0x${Buffer.from(name).toString('hex')}`])

const paths = [
  '/node/version',
  '/node/network',
  '/node/transaction-pool',
  '/runtime/spec',
  '/runtime/spec?at={height}',
  '/runtime/spec?at={hash}',
  '/runtime/spec?at={discarded}',
  '/runtime/spec?at={future}',
  '/runtime/spec?at=foo',
  '/blocks/head/header',
  '/blocks/head/header?finalized=true',
  '/blocks/head/header?finalized=false',
  '/blocks/head/header?finalized=maybe',
  '/blocks/{height}/header',
  '/blocks/{hash}/header',
  '/blocks/{best}/header',
  '/blocks/{discarded}/header',
  '/blocks/{future}/header',
  '/blocks/xyz/header',
  '/blocks/-1/header',
  '/blocks/0x1234/header',
  `/blocks/0x${'f'.repeat(64)}/header`,
  '/blocks/head',
  '/blocks/{height}',
  '/blocks/{hash}',
  '/blocks/{best}',
  '/blocks/{future}',
  '/blocks/xyz',
  '/accounts/{coldkey}/balance-info',
  '/accounts/{hotkey}/balance-info?at={height}',
  `/accounts/${zero}/balance-info`,
  '/accounts/{coldkey}/balance-info?at={discarded}',
  '/accounts/{coldkey}/balance-info?at=foo',
  '/accounts/nope/balance-info',
  '/accounts/O0/balance-info',
  '/accounts/0x1234/balance-info',
  '/accounts/15oF4uVJwmo4TdGW7VfQxNLavjCXviqxT9S1MgbjMNHr6Sp5/balance-info',
  ...['System', 'Timestamp', 'SubtensorModule', 'Swap', 'Nope'].map(
    (pallet) => `/pallets/${pallet}/storage?onlyIds=true`,
  ),
  '/pallets/subtensor_module/storage?onlyIds=true&at={height}',
  '/pallets/0/storage?onlyIds=true',
  '/pallets/SubtensorModule/storage?onlyIds=true&at={discarded}',
  '/pallets/SubtensorModule/storage?onlyIds=true&at=foo',
  item('Account', ['{coldkey}'], 'System'),
  item('Account', [zero], 'System'),
  item('BlockHash', [0], 'System'),
  item('BlockHash', [99], 'System'),
  item('BlockHash', [], 'System'),
  item('BlockHash', ['x'], 'System'),
  item('BlockHash', [4294967296], 'System'),
  item('Now', [], 'Timestamp'),
  ...['TotalNetworks', 'TotalStake', 'TotalIssuance'].map((name) => item(name)),
  ...subnetItems.split(' ').flatMap((name) => [item(name, [1]), item(name, [99])]),
  ...swapItems.flatMap((name) => [item(name, [1], 'Swap'), item(name, [99], 'Swap')]),
  item('Incentive', [4107]),
  item('LastUpdate', [4107]),
  item('Incentive', [4097]),
  item('Keys', [1, 1]),
  item('Keys', [1, 60000]),
  item('Keys', [99, 0]),
  item('Uids', [1, '{hotkey}']),
  item('Uids', [1, zero]),
  item('Uids', [99, '{hotkey}']),
  item('IsNetworkMember', ['{hotkey}', 1]),
  item('IsNetworkMember', ['{hotkey}', 99]),
  item('BlockAtRegistration', [1, 1]),
  item('BlockAtRegistration', [1, 60000]),
  item('Owner', ['{hotkey}']),
  item('Owner', [zero]),
  item('OwnedHotkeys', [zero]),
  item('Delegates', [zero]),
  item('TotalHotkeyStake', ['{hotkey}']),
  item('TotalColdkeyStake', [zero]),
  item('Stake', ['{hotkey}', '{coldkey}']),
  item('TotalHotkeyAlpha', ['{hotkey}', 1]),
  item('TotalHotkeyAlpha', [zero, 1]),
  item('TargetRegistrationsPerInterval', [1]),
  item('TargetRegistrationsPerInterval', [99]),
  item('AdjustmentInterval', [1]),
  item('AdjustmentInterval', [99]),
  item('StakingHotkeys', [zero]),
  item('Alpha', ['{hotkey}', '{coldkey}', 1]),
  item('Alpha', [zero, zero, 1]),
  item('AlphaV2', ['{hotkey}', '{coldkey}', 1]),
  item('AlphaV2', [zero, zero, 1]),
  item('TotalHotkeyShares', ['{hotkey}', 1]),
  item('TotalHotkeyShares', [zero, 1]),
  item('TotalHotkeySharesV2', ['{hotkey}', 1]),
  item('TotalHotkeySharesV2', [zero, 1]),
  item('AlphaSharePoolEpoch', ['{hotkey}', 1]),
  item('AlphaSharePoolEpoch', [zero, 1]),
  item('AlphaShareEpoch', ['{hotkey}', '{coldkey}', 1]),
  item('AlphaShareEpoch', [zero, zero, 1]),
  item('MinerCollateral', [1, '{hotkey}', '{coldkey}']),
  item('MinerCollateral', [1, zero, zero]),
  ...['BasketShares', 'BasketRate'].flatMap((name) => [item(name, ['{hotkey}']), item(name, [zero])]),
  item('BasketClaimed', ['{hotkey}', '{coldkey}']),
  item('BasketClaimed', [zero, zero]),
  migration('clear_rank_trust_pruning_maps'),
  migration('a migration that never was'),
  item('HasMigrationRun', ['a migration that never was']),
  item('PendingChildKeys', [1, '{hotkey}']),
  item('PendingChildKeys', [99, zero]),
  item('Prometheus', [1, '{hotkey}']),
  item('Prometheus', [1, zero]),
  item('Prometheus', [99, '{hotkey}']),
  item('Prometheus', [1]),
  ...[
    'ColdkeySwapScheduled',
    'ColdkeySwapAnnouncements',
    'ColdkeySwapDisputes',
    'Identities',
    'IdentitiesV2',
  ].flatMap((name) => [item(name, ['{coldkey}']), item(name, [zero])]),
  // The ways to write names and keys
  '/pallets/subtensorModule/storage/tempo?keys%5B%5D=1',
  '/pallets/SUBTENSORMODULE/storage/Tempo?keys[0]=1',
  '/pallets/SubtensorModule/storage/Uids?keys[1]={hotkey}&keys[0]=1',
  '/pallets/SubtensorModule/storage/Uids?keys=1&keys={hotkey}',
  '/pallets/SubtensorModule/storage/Tempo?keys=1',
  '/pallets/SubtensorModule/storage/tEmpo?keys[]=1',
  '/pallets/SubtensorModule/storage/subnetTAO?keys[]=1',
  '/pallets/SubtensorModule/storage/subnetTao?keys[]=1',
  item('Tempo', ['0x01']),
  item('Tempo', ['']),
  item('Owner', ['']),
  // What is refused
  item('Nope', [1]),
  item('Tempo', [1], 'Nope'),
  item('Tempo', [1], '99'),
  item('Tempo'),
  item('Tempo', [1, 2]),
  item('TotalNetworks', [1]),
  item('Uids', [1]),
  item('Tempo', ['x']),
  item('Tempo', ['-1']),
  item('Tempo', ['1.5']),
  item('Tempo', ['1e3']),
  item('Tempo', ['70000']),
  item('Keys', [1, 70000]),
  item('IsNetworkMember', ['{hotkey}', 'x']),
  item('Owner', ['5abc']),
  item('Owner', ['O0']),
  item('Owner', ['1']),
  item('Owner', ['0x1234']),
  `${item('Tempo', [1])}&at={height}`,
  `${item('Tempo', [1])}&at={hash}`,
  `${item('Tempo', [1])}&at={best}`,
  `${item('Tempo', [1])}&at={future}`,
  `${item('Tempo', [1])}&at={discarded}`,
  `${item('Tempo', [1])}&at=foo`,
  `${item('Tempo', [1])}&at=0x12`,
  `${item('Tempo', [1])}&at=-1`,
  `${item('Tempo', [1], 'Nope')}&at=foo`,
  '/nope',
  '/node/nope',
  '/runtime/metadata/v9',
]

const cut = (value, key) => {
  if (Array.isArray(value))
    return (key === 'items' ? value : value.slice(0, 3)).map((element) => cut(element))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, cut(field, name)]))
}
const body = ({ contentType, text }) => {
  if (!contentType.includes('json')) return text
  const parsed = cut(JSON.parse(text))
  return 'stack' in parsed ? { ...parsed, stack: '' } : parsed
}
const answers = []
for (const path of paths) {
  const answer = await ask(filled(path))
  answers.push({ path, status: answer.status, contentType: answer.contentType, body: body(answer) })
}
console.log(`[\n${answers.map((answer) => JSON.stringify(answer)).join(',\n')}\n]`)
