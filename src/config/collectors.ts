/** A collector as the operator sees it: a name to turn it on or off by. */
export interface CollectorSwitch {
  readonly name: string
  /** Whether it runs when the configuration does not say. */
  readonly enabled: boolean
  /** One sentence for CONFIG.md. */
  readonly description: string
}

/** Every collector that can be turned on or off, in the order of CONFIG.md. */
export const COLLECTORS: readonly CollectorSwitch[] = [
  { name: 'node', enabled: true, description: 'Health, peers, heights and client version of every node.' },
  { name: 'runtime', enabled: true, description: 'Runtime and transaction versions of every node.' },
  { name: 'transaction_pool', enabled: true, description: 'Extrinsics waiting in the pool of every node.' },
  {
    name: 'chain',
    enabled: true,
    description: 'Height, token, issuance, total stake and number of subnets.',
  },
  { name: 'accounts', enabled: true, description: 'Balances and nonces of the watched keys.' },
  {
    name: 'hotkeys',
    enabled: true,
    description: 'Owner, stake, take and registrations of the watched hotkeys.',
  },
  {
    name: 'value',
    enabled: true,
    description: 'What the watched coldkeys have staked. Reads every subnet for every hotkey they stake on.',
  },
  {
    name: 'expectations',
    enabled: true,
    description: 'Whether what is expected of the watched keys holds. Reads only what an expectation needs.',
  },
  {
    name: 'swaps',
    enabled: true,
    description: 'Coldkey swaps and child keys that are pending for the watched keys, and their identities.',
  },
  { name: 'subnets', enabled: true, description: 'Parameters, price and pool of the subnets.' },
  { name: 'neurons', enabled: true, description: 'Every neuron of the subnets: the largest table by far.' },
  {
    name: 'deregistration',
    enabled: true,
    description: 'How near the watched neurons are to being replaced. Reads every neuron of their subnets.',
  },
  {
    name: 'extrinsics',
    enabled: true,
    description:
      'Operations of the watched keys, and balance changes that nothing explains. Reads every block, once a key is watched.',
  },
]
