import { createHash } from 'node:crypto'
import { addressOf, type Address } from '../chain/address.ts'

/** An invented account. Its public key is a hash of the text, so nobody has its secret. */
export const inventedAddress = (text: string): Address =>
  addressOf(createHash('sha256').update(text).digest())

/** A block hash that begins with the height in eight hexadecimal digits, so the height can be read from the hash. */
export function hashOfBlock(seed: number, height: number, part = 'block'): string {
  const digest = createHash('sha256').update(`${part}/${seed}/${height}`).digest('hex')
  return `0x${height.toString(16).padStart(8, '0')}${digest.slice(8)}`
}

const FIRST = [
  'Amber',
  'Basalt',
  'Cobalt',
  'Dapple',
  'Ember',
  'Fennel',
  'Gable',
  'Hazel',
  'Indigo',
  'Juniper',
]
const SECOND = ['Lantern', 'Orchard', 'Harbour', 'Compass', 'Foundry', 'Meadow', 'Quarry', 'Signal', 'Loom']

/** A plausible, invented subnet name that the real network does not use. */
export function subnetName(netuid: number): string {
  if (netuid === 0) return 'root'
  const first = FIRST[netuid % FIRST.length] ?? ''
  const second = SECOND[netuid % SECOND.length] ?? ''
  const round = Math.floor(netuid / (FIRST.length * SECOND.length))
  return round === 0 ? `Demo ${first} ${second}` : `Demo ${first} ${second} ${round + 1}`
}

const GREEK = Array.from('αβγδεζηθικλμνξοπρστυφχψω')

/** The symbol of a subnet. Subtensor uses letters of many alphabets; root's is τ. */
export function subnetSymbol(netuid: number): string {
  if (netuid === 0) return 'Τ'
  const letter = GREEK[(netuid - 1) % GREEK.length] ?? ''
  const round = Math.floor((netuid - 1) / GREEK.length)
  return round === 0 ? letter : `${letter}${round + 1}`
}
