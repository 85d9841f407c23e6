import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  INITIAL_STATE,
  next,
  type LogEntry,
  type SelectionEvent,
  type SelectionState,
  type Transition,
} from '../../src/source/selection.ts'

const GENESIS = `0x${'1'.repeat(64)}`
const OTHER = `0x${'2'.repeat(64)}`

type Client = Readonly<Record<'node', string>>

const client = (node: string): Client => ({ node })

/** A selection whose states are frozen, with everything it returned. */
class Run {
  state: SelectionState = INITIAL_STATE
  order: readonly string[] = []
  readonly log: LogEntry[] = []

  handle(event: SelectionEvent): Transition {
    const transition = next(this.state, event)
    this.state = frozen(transition.state)
    this.order = transition.order
    this.log.push(...transition.log)
    return transition
  }

  replace(clients: readonly Client[], genesis?: string): void {
    const nodes = clients.map((client) => ({ node: client.node, client }))
    this.handle({ kind: 'nodes-replaced', nodes, genesis })
  }

  assess(node: string, { genesis = GENESIS, name = 'X', syncing = false, height = 9 } = {}): Transition {
    return this.handle({ kind: 'node-assessed', node, health: { chain: { genesis, name }, syncing, height } })
  }

  poll(): readonly string[] {
    return this.handle({ kind: 'poll-started' }).order
  }

  read(node: string, isComplete = true): Transition {
    return this.handle({ kind: 'state-read', node, isComplete, failures: undefined })
  }

  get switches(): readonly LogEntry['fields'][] {
    return this.log.filter(({ message }) => message === 'switched source').map(({ fields }) => fields)
  }
}

function frozen<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value))
    Object.values(Object.freeze(value)).forEach(frozen)
  return value
}

/** Nodes of one chain; the first is the source. */
function runOf(...names: readonly string[]): { readonly run: Run; readonly clients: readonly Client[] } {
  const run = new Run()
  const clients = names.map(client)
  run.replace(clients)
  for (const node of names) run.assess(node)
  run.read(run.poll()[0]!)
  return { run, clients }
}

describe('a change of the configuration', () => {
  test('keeps the source, and the state of the nodes that stay', () => {
    const { run, clients } = runOf('a', 'b')
    run.replace([client('c'), ...clients.toReversed()], GENESIS)
    expect([run.state.source, run.poll()]).toEqual(['a', ['a', 'b', 'c']])
  })

  test('treats a node that is reached in another way as another node, which is not the source', () => {
    const { run, clients } = runOf('a', 'b')
    run.replace([client('a'), clients[1]!])
    expect(run.state.source).toBe(undefined)
    run.assess('a', { genesis: OTHER })
    expect(run.poll()).toEqual(['b'])
  })

  test('refuses all nodes if the genesis is not that of the published chain, until it is set back', () => {
    const { run, clients } = runOf('a', 'b')
    run.replace(clients, OTHER)
    run.assess('b', { genesis: OTHER })
    expect(run.poll()).toEqual([])
    const reason =
      'the configured genesis is not that of the published chain; restart the exporter to change chains'
    expect(run.log.slice(1)).toMatchObject(
      ['a', 'b'].map((node) => ({ level: 'error', fields: { node, reason }, message: 'node refused' })),
    )
    expect(run.state.nodes[0]?.refusal).toBe(`a: ${reason} (X, genesis ${GENESIS})`)
    run.replace(clients, GENESIS)
    expect(run.poll()).toEqual(['a'])
  })
})

test.each([
  ['five blocks behind is as fit as the best', { height: 4 }, ['a', 'b', 'c']],
  ['six blocks behind comes after fit nodes', { height: 3 }, ['b', 'c', 'a']],
  ['that is syncing comes after fit nodes', { syncing: true }, ['b', 'c', 'a']],
])('a node %s', (_, health, expected) => {
  const run = new Run()
  run.replace(['a', 'b', 'c'].map(client))
  for (const node of ['a', 'b', 'c']) run.assess(node, node === 'a' ? health : {})
  expect(run.poll()).toEqual(expected)
})

test('a source that falls behind is left in the second poll', () => {
  const { run } = runOf('a', 'b')
  run.assess('b', { height: 15 })
  expect([run.poll()[0], run.read('a').order[0], run.poll()[0]]).toEqual(['a', 'a', 'b'])
  run.read('b')
  expect(run.switches).toEqual([{ from: 'a', to: 'b', reason: 'it is 6 blocks behind' }])
})

test('a source whose health cannot be read is left in the second poll, for the reason that it gave', () => {
  const { run } = runOf('a', 'b')
  run.handle({ kind: 'node-unreachable', node: 'a', reason: 'timeout' })
  for (const source of ['a', 'b']) run.read(run.poll()[0]!, source === 'a')
  expect(run.switches).toEqual([{ from: 'a', to: 'b', reason: 'its health cannot be read: timeout' }])
})

test('a node on which collectors failed is tried again once it is reached in another way', () => {
  const { run, clients } = runOf('a', 'b')
  const pollTwice = () => {
    for (let poll = 0; poll < 2; poll++) run.read(run.poll()[0]!, false)
    return run.poll()[0]
  }
  expect(pollTwice()).toBe('b')
  run.read('b', false)
  expect(pollTwice()).toBe('b')
  run.replace([client('a'), clients[1]!])
  run.assess('a')
  expect(run.poll()[0]).toBe('a')
})

test('a node that is not configured is an error', () => {
  const { run } = runOf('a')
  expect(() => run.read('b')).toThrow(RangeError)
})

describe('a stalled source', () => {
  const unchanged = (run: Run, ...heights: readonly number[]) => {
    run.poll()
    const others = heights.map((height, index) => ({ node: 'bcd'[index]!, height }))
    return run.handle({ kind: 'source-unchanged', height: 9, others }).order
  }

  test.each([
    ['one block behind is kept', [[10], [10], [10]], ['a', 'a', 'a']],
    ['two blocks behind is left in the second poll', [[11], [11]], ['a', 'b']],
    ['more than 5 blocks behind is left at once', [[15]], ['b']],
    ['is left for the highest head', [[15, 17, 16]], ['c']],
    ['is kept if no head is ahead', [[9], [8], [9]], ['a', 'a', 'a']],
  ])('%s', (_, polls, expected) => {
    const { run } = runOf('a', 'b', 'c', 'd')
    expect(polls.map((heights) => unchanged(run, ...heights)[0])).toEqual(expected)
  })

  test('that advances in between is kept', () => {
    const { run } = runOf('a', 'b')
    for (let poll = 0; poll < 4; poll++) {
      expect(unchanged(run, 11)[0]).toBe('a')
      run.poll()
      run.handle({ kind: 'source-advanced' })
    }
  })

  test('is not left for a node that is syncing', () => {
    const { run } = runOf('a', 'b')
    run.assess('b', { syncing: true })
    expect(unchanged(run, 40)[0]).toBe('a')
  })
})

const NAMES = ['a', 'b', 'c', 'd'] as const
type Name = (typeof NAMES)[number]

const name = fc.constantFrom(...NAMES)
const height = fc.integer({ min: 0, max: 20 })
const genesis = fc.constantFrom(GENESIS, GENESIS, GENESIS, OTHER)

/** What random tests do. `poll` tries the nodes in their order: `attempts` has what happens with the first, second and so on. */
type Step =
  | { readonly kind: 'assess'; readonly node: Name; readonly health: Health | undefined }
  | {
      readonly kind: 'poll'
      /** Heads of the other nodes, above that of the source, if the source's did not move. */
      readonly leads: readonly number[] | undefined
      readonly attempts: readonly Attempt[]
    }
  | { readonly kind: 'replace'; readonly clients: readonly Client[]; readonly genesis: string | undefined }

interface Health {
  readonly genesis: string
  readonly name: string
  readonly syncing: boolean
  readonly height: number
}

interface Attempt {
  readonly result: 'fails' | 'incomplete' | 'complete'
  /** What the block that is about to be read belongs to; undefined if it is not asked. */
  readonly genesis: string | undefined
}

/** Two clients for each node: its second one is another way to reach it. */
const CLIENTS = NAMES.flatMap((node) => [client(node), client(node)])

const health: fc.Arbitrary<Health> = fc.record({
  genesis,
  name: fc.constantFrom('X', 'X', 'X', 'Y'),
  syncing: fc.boolean(),
  height,
})

const assess: fc.Arbitrary<Step> = fc.record({
  kind: fc.constant('assess'),
  node: name,
  health: fc.option(health, { nil: undefined }),
})

const poll: fc.Arbitrary<Step> = fc.record({
  kind: fc.constant('poll'),
  leads: fc.option(fc.array(fc.integer({ min: -3, max: 12 }), { minLength: 4, maxLength: 4 }), {
    nil: undefined,
  }),
  attempts: fc.array(
    fc.record({
      result: fc.constantFrom('fails', 'incomplete', 'complete'),
      genesis: fc.option(genesis, { nil: undefined }),
    }),
    { minLength: 4, maxLength: 4 },
  ),
})

const replace: fc.Arbitrary<Step> = fc.record({
  kind: fc.constant('replace'),
  clients: fc.uniqueArray(fc.constantFrom(...CLIENTS), { selector: ({ node }) => node, minLength: 1 }),
  genesis: fc.constantFrom(undefined, undefined, GENESIS, OTHER),
})

const steps = fc.array(
  fc.oneof(
    { arbitrary: assess, weight: 5 },
    { arbitrary: poll, weight: 5 },
    { arbitrary: replace, weight: 1 },
  ),
  { minLength: 5, maxLength: 60 },
)

/** Sees every transition; `before` is the state that the event was applied to. */
type Observer = (event: SelectionEvent, transition: Transition, before: SelectionState) => void

/** Runs steps from four configured nodes, leaving out what names a node that is not configured. */
function execute(all: readonly Step[], observe: Observer): void {
  const run = new Run()
  let configured: readonly Client[] = []
  const handle = (event: SelectionEvent) => {
    const before = run.state
    const transition = run.handle(event)
    observe(event, transition, before)
    return transition
  }
  const replaceClients = (clients: readonly Client[], genesis: string | undefined) => {
    configured = clients
    const nodes = clients.map((client) => ({ node: client.node, client }))
    handle({ kind: 'nodes-replaced', nodes, genesis })
  }
  const pollOnce = ({ leads, attempts }: Extract<Step, { kind: 'poll' }>) => {
    let { order } = handle({ kind: 'poll-started' })
    if (order[0] !== undefined && order[0] === run.state.source) {
      const others = NAMES.map((node, index) => ({ node, height: 100 + (leads?.[index] ?? 0) }))
      order = handle(
        leads === undefined ? { kind: 'source-advanced' } : { kind: 'source-unchanged', height: 100, others },
      ).order
    }
    for (const [index, node] of order.entries()) {
      const { result, genesis } = attempts[index]!
      if (result === 'fails') continue
      if (genesis !== undefined && !handle({ kind: 'chain-found', node, genesis }).order.includes(node))
        continue
      handle({ kind: 'state-read', node, isComplete: result === 'complete', failures: undefined })
      return
    }
  }
  replaceClients([CLIENTS[0]!, CLIENTS[2]!, CLIENTS[4]!, CLIENTS[6]!], undefined)
  for (const step of all)
    if (step.kind === 'replace') replaceClients(step.clients, step.genesis)
    else if (step.kind === 'poll') pollOnce(step)
    else if (configured.some(({ node }) => node === step.node)) {
      const { node, health } = step
      if (health === undefined) handle({ kind: 'node-unreachable', node, reason: 'no answer' })
      else {
        const { genesis, name, syncing, height } = health
        handle({ kind: 'node-assessed', node, health: { chain: { genesis, name }, syncing, height } })
      }
    }
}

/** What the properties know of the nodes by themselves, from the events alone. */
class Oracle {
  clients: readonly Client[] = []
  configured: string | undefined
  /** The chain that the first state was read from. */
  published: string | undefined
  source: string | undefined
  /** Incomplete reads of the source in a row. */
  incomplete = 0
  readonly genesis = new Map<string, string>()
  readonly health = new Map<string, SelectionState['nodes'][number]['health']>()

  see(event: SelectionEvent): void {
    switch (event.kind) {
      case 'nodes-replaced': {
        const stays = new Set<unknown>(this.clients)
        for (const { node, client } of event.nodes)
          if (!stays.has(client)) for (const map of [this.genesis, this.health]) map.delete(node)
        const names = event.nodes.map(({ node }) => node)
        for (const map of [this.genesis, this.health])
          for (const node of map.keys()) if (!names.includes(node)) map.delete(node)
        if (!event.nodes.some(({ node, client }) => node === this.source && stays.has(client)))
          this.source = undefined
        this.clients = event.nodes.map(({ client }) => client as Client)
        this.configured = event.genesis
        return
      }
      case 'node-assessed':
        this.genesis.set(event.node, event.health.chain.genesis)
        this.health.set(event.node, event.health)
        return
      case 'node-unreachable':
        this.health.set(event.node, undefined)
        return
      case 'chain-found':
        this.genesis.set(event.node, event.genesis)
        return
      case 'state-read':
        this.published ??= this.genesis.get(event.node)
        this.incomplete = event.isComplete || event.node !== this.source ? 0 : this.incomplete + 1
        this.source = event.node
        return
      case 'poll-started':
      case 'source-advanced':
      case 'source-unchanged':
    }
  }

  /** Whether the node may be read by its genesis, once something is published; a node whose chain is unknown may be. */
  admits(node: string): boolean {
    if (this.configured !== undefined && this.configured !== this.published) return false
    return (this.genesis.get(node) ?? this.published) === this.published
  }

  /** The genesis that more answering nodes reported than the other one, or the first of them as many; undefined if none answers. */
  majority(): string | undefined {
    const reported = this.clients.flatMap(({ node }) => this.health.get(node)?.chain.genesis ?? [])
    const others = reported.filter((genesis) => genesis !== reported[0])
    return 2 * others.length > reported.length ? others[0] : reported[0]
  }

  /** Whether it answers, is not syncing, and no admitted node is more than five blocks ahead. */
  isFit(node: string): boolean {
    const own = this.health.get(node)
    if (own === undefined || own.syncing) return false
    const admitted = this.clients.map(({ node }) => node).filter((other) => this.admits(other))
    return admitted.every((other) => (this.health.get(other)?.height ?? 0) - own.height <= 5)
  }
}

/** The steps with all nodes of one chain. */
const sameName = steps.map((all) =>
  all.map((step) =>
    step.kind === 'assess' && step.health !== undefined
      ? { ...step, health: { ...step.health, name: 'X' } }
      : step,
  ),
)

const RUNS = { numRuns: 400 }

describe('for random events', () => {
  test('the order has every admitted node once, and no node of another chain', () => {
    let compared = 0
    const property = fc.property(sameName, (all) => {
      const oracle = new Oracle()
      execute(all, (event, { order }) => {
        oracle.see(event)
        expect(new Set(order).size).toBe(order.length)
        if (oracle.published === undefined) return
        compared += 1
        const admitted = oracle.clients.map(({ node }) => node).filter((node) => oracle.admits(node))
        expect(order.toSorted()).toEqual(admitted.toSorted())
      })
    })
    fc.assert(property, RUNS)
    expect(compared).toBeGreaterThan(RUNS.numRuns)
  })

  test('before anything is published, the order has nodes of the configured chain alone, or of the most common one', () => {
    let compared = 0
    const property = fc.property(sameName, (all) => {
      const oracle = new Oracle()
      execute(all, (event, { order }) => {
        oracle.see(event)
        const wanted = oracle.configured ?? oracle.majority()
        if (oracle.published !== undefined || wanted === undefined) return
        compared += 1
        for (const node of order) expect(oracle.genesis.get(node) ?? wanted).toBe(wanted)
      })
    })
    fc.assert(property, RUNS)
    expect(compared).toBeGreaterThan(RUNS.numRuns)
  })

  test('the published genesis never changes, and its name only once no node that answers uses the old one', () => {
    let renamed = 0
    const property = fc.property(steps, (all) => {
      execute(all, (_event, { state, log }, before) => {
        const { genesis, name } = before.publishedChain
        if (genesis !== undefined) expect(state.publishedChain.genesis).toBe(genesis)
        const isRenamed = name !== undefined && state.publishedChain.name !== name
        expect(log.some(({ message }) => message === 'chain renamed by its nodes')).toBe(isRenamed)
        if (!isRenamed) return
        renamed += 1
        const answering = state.nodes.flatMap(({ health }) => (health === undefined ? [] : [health.chain]))
        expect(answering).not.toContainEqual({ genesis, name })
        expect(answering).toContainEqual(state.publishedChain)
      })
    })
    fc.assert(property, RUNS)
    expect(renamed).toBeGreaterThan(0)
  })

  test('the source is kept while it is fit, its reads are complete and it is not stalled', () => {
    let kept = 0
    const property = fc.property(sameName, (all) => {
      const oracle = new Oracle()
      execute(all, (event, { order }) => {
        oracle.see(event)
        if (event.kind !== 'poll-started' || oracle.source === undefined || oracle.incomplete >= 2) return
        if (!oracle.admits(oracle.source) || !oracle.isFit(oracle.source)) return
        kept += 1
        expect(order[0]).toBe(oracle.source)
      })
    })
    fc.assert(property, RUNS)
    expect(kept).toBeGreaterThan(RUNS.numRuns / 10)
  })

  test('the order follows from the state alone', () => {
    const property = fc.property(steps, (all) => {
      execute(all, (_event, { state, order }) => {
        const copy = { ...state, nodes: state.nodes.map((node) => ({ ...node })) }
        // An event that changes nothing in the state returns the order again.
        const { stalledPolls } = state
        const again = next({ ...copy, stalledPolls: 0 }, { kind: 'source-advanced' })
        expect({ ...again.state, stalledPolls }).toEqual(state)
        expect(again.order).toEqual(order)
      })
    })
    fc.assert(property, RUNS)
  })

  test('a refusal is counted at each judgement, and logged once per change', () => {
    let logged = 0
    const property = fc.property(steps, (all) => {
      const last = new Map<unknown, LogEntry>()
      execute(all, (event, { state, order, log, refused }) => {
        const clientOf = (node: unknown) => state.nodes.find((each) => each.node === node)?.client
        for (const entry of log) {
          if (entry.message !== 'node refused' && entry.message !== 'node accepted') continue
          logged += 1
          const client = clientOf(entry.fields['node'])
          const previous = last.get(client)
          expect(entry).not.toEqual(previous)
          if (entry.message === 'node accepted') expect(previous?.message).toBe('node refused')
          last.set(client, entry)
        }
        if (event.kind === 'nodes-replaced') {
          for (const client of last.keys())
            if (!event.nodes.some((node) => node.client === client)) last.delete(client)
        }
        if (event.kind !== 'poll-started') return
        const names = state.nodes.map(({ node }) => node)
        expect([...refused, ...order].toSorted()).toEqual(names.toSorted())
        for (const node of names)
          expect(last.get(clientOf(node))?.message === 'node refused').toBe(refused.includes(node))
      })
    })
    fc.assert(property, RUNS)
    expect(logged).toBeGreaterThan(RUNS.numRuns)
  })
})

describe('switches', () => {
  /** Polls of nodes of one chain in which the first node of the order is always read. Heads are at most five blocks ahead. */
  const readable = fc.array(
    fc.record({
      healths: fc.array(fc.option(fc.record({ syncing: fc.boolean(), height }), { nil: undefined }), {
        minLength: 4,
        maxLength: 4,
      }),
      lead: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
      isComplete: fc.boolean(),
    }),
    { minLength: 1, maxLength: 40 },
  )

  test('happen at most in every second poll while the source can be read', () => {
    let switches = 0
    const property = fc.property(readable, (polls) => {
      const { run } = runOf(...NAMES)
      for (const { healths, lead, isComplete } of polls) {
        for (const [index, node] of NAMES.entries()) {
          const health = healths[index]
          if (health === undefined) run.handle({ kind: 'node-unreachable', node, reason: 'no answer' })
          else run.assess(node, health)
        }
        let [first] = run.poll()
        if (first === run.state.source && lead !== undefined) {
          const others = NAMES.map((node) => ({ node, height: 50 + lead }))
          first = run.handle({ kind: 'source-unchanged', height: 50, others }).order[0]
        } else run.handle({ kind: 'source-advanced' })
        run.read(first!, isComplete)
      }
      switches += run.switches.length
      expect(run.switches.length).toBeLessThanOrEqual(polls.length / 2)
    })
    fc.assert(property, RUNS)
    expect(switches).toBeGreaterThan(RUNS.numRuns)
  })

  test('end once every node was tried, if collectors fail on all of them', () => {
    const property = fc.property(
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 3, max: 60 }),
      (size, polls) => {
        const { run } = runOf(...NAMES.slice(0, size))
        for (let poll = 0; poll < polls; poll++) run.read(run.poll()[0]!, false)
        // A source is left in the poll after two incomplete ones; the read that makes a node the source does not count.
        expect(run.switches.length).toBe(Math.min(size - 1, Math.floor(polls / 3)))
      },
    )
    fc.assert(property)
  })

  test('do not follow the return of a former source', () => {
    const heights = fc.array(fc.tuple(...NAMES.map(() => fc.integer({ min: 10, max: 15 }))), {
      maxLength: 30,
    })
    const property = fc.property(heights, (polls) => {
      const { run } = runOf(...NAMES)
      run.poll()
      run.read('b')
      for (const heights of polls) {
        for (const [index, node] of NAMES.entries()) run.assess(node, { height: heights[index]! })
        expect(run.poll()[0]).toBe('b')
        run.read('b')
      }
      expect(run.switches).toEqual([{ from: 'a', to: 'b', reason: 'it cannot be read' }])
    })
    fc.assert(property)
  })
})
