/** A collector in the configuration: the name of its option, its default and its description. */
export interface CollectorSwitch {
  readonly name: string
  /** Whether it runs by default. */
  readonly enabled: boolean
  /** One sentence for CONFIG.md. */
  readonly description: string
}

/** Every collector that can be enabled or disabled, in the order of CONFIG.md. */
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
    description: 'Stakes of the watched coldkeys. Reads every subnet for every hotkey they stake on.',
  },
  {
    name: 'expectations',
    enabled: true,
    description:
      'Whether the expectations of the watched keys are met. Reads only what an expectation needs.',
  },
  {
    name: 'swaps',
    enabled: true,
    description: 'Pending coldkey swaps and child keys of the watched keys, and their identities.',
  },
  { name: 'subnets', enabled: true, description: 'Parameters, price and pool of the subnets.' },
  { name: 'neurons', enabled: true, description: 'Every neuron of the subnets: the largest table by far.' },
  {
    name: 'deregistration',
    enabled: true,
    description: 'Deregistration risk of the watched neurons. Reads every neuron of their subnets.',
  },
  {
    name: 'extrinsics',
    enabled: true,
    description:
      'Operations of the watched keys, and unexplained balance changes. Reads every block if a key is watched.',
  },
]
