import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ConnectionShares, type Share } from '../../../src/web/security/connection-shares.ts'

interface Opened {
  readonly network: string
  readonly share: Share | undefined
  isOpen: boolean
  isBusy: boolean
}

function sharesOf(maxConnections: number, maxConnectionsPerNetwork: number) {
  const refused: string[] = []
  const shares = new ConnectionShares({ maxConnections, maxConnectionsPerNetwork }, (reason, network) => {
    refused.push(`${reason} ${network}`)
  })
  const all: Opened[] = []
  const open = (network: string): Opened => {
    const state = { isOpen: true }
    const share = shares.add(network, () => (state.isOpen = false))
    const opened: Opened = Object.assign(state, { network, share, isBusy: false })
    all.push(opened)
    return opened
  }
  const setBusy = (opened: Opened, isBusy: boolean) => {
    opened.isBusy = isBusy
    opened.share?.setBusy(isBusy)
  }
  const release = (opened: Opened) => {
    opened.isOpen = false
    opened.share?.release()
  }
  return { shares, refused, all, open, setBusy, release }
}

test('a network beyond its share loses its idle connections first, then the one that has been busy longest', () => {
  const { refused, open, setBusy } = sharesOf(100, 3)
  const [first, second, third] = [open('a'), open('a'), open('a')]
  setBusy(first, true)
  setBusy(second, true)
  const fourth = open('a')
  expect([first, second, third, fourth].map(({ isOpen }) => isOpen)).toEqual([true, true, false, true])
  setBusy(fourth, true)
  open('a')
  expect([first, second, fourth].map(({ isOpen }) => isOpen)).toEqual([false, true, true])
  expect(refused).toEqual(['network_connections a', 'network_connections a'])
})

test('a connection that has become idle is closed after those that have been idle longer', () => {
  const { open, setBusy } = sharesOf(100, 2)
  const [first, second] = [open('a'), open('a')]
  setBusy(first, true)
  setBusy(first, false)
  open('a')
  expect([first.isOpen, second.isOpen]).toEqual([true, false])
})

test('when all connections are busy, a new one is accepted only from a network with fewer than others', () => {
  const { refused, open, setBusy } = sharesOf(3, 3)
  for (const network of ['a', 'a', 'b']) setBusy(open(network), true)
  expect(open('b').isOpen).toBe(false)
  expect(open('c').isOpen).toBe(true)
  expect(refused).toEqual(['connections b', 'connections a'])
})

test('whatever other networks do, one with few connections gets and keeps them', () => {
  const network = fc.constantFrom('a', 'b', 'c')
  const step = fc.oneof(
    fc.record({ open: network }),
    fc.record({ toggle: fc.nat(60) }),
    fc.record({ release: fc.nat(60) }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), fc.nat(200), (steps, when) => {
      const { shares, all, open, setBusy, release } = sharesOf(12, 6)
      let good: Opened | undefined
      for (const [index, each] of steps.entries()) {
        if (index === when) {
          good = open('good')
          setBusy(good, true)
        }
        if ('open' in each) open(each.open)
        const opened = all.filter(({ isOpen, network }) => isOpen && network !== 'good')
        if ('toggle' in each && opened.length > 0) {
          const toggled = opened[each.toggle % opened.length]!
          setBusy(toggled, !toggled.isBusy)
        }
        if ('release' in each && opened.length > 0) release(opened[each.release % opened.length]!)
        const now = all.filter(({ isOpen }) => isOpen)
        expect(now.length).toBe(shares.size)
        expect(now.length).toBeLessThanOrEqual(12)
        for (const name of ['a', 'b', 'c'])
          expect(now.filter(({ network }) => network === name).length).toBeLessThanOrEqual(6)
        expect(good?.isOpen ?? true).toBe(true)
      }
    }),
  )
})
