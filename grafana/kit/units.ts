/**
 * Units as Grafana names them. `currency:financial:` writes every digit with thousands apart and the given text after it;
 * `suffix:` has no thousands separators.
 */
export const UNIT = {
  tao: 'currency:financial: τ:suffix',
  alpha: 'currency:financial: α:suffix',
  /** Emission as the chain pays it: TAO to spec 232, the subnet's alpha from 233. */
  taoOrAlpha: 'currency:financial: τ/α:suffix',
  blocks: 'currency:financial: blocks:suffix',
  /** A whole number with thousands apart: heights, counts. */
  count: 'locale',
  /** A number as it is: versions, nonces. Grafana parses text with this unit as a number: labels need `text`. */
  number: 'none',
  /** Text as it is: `007` and `84e1234` are names. */
  text: 'string',
  /** Always without `decimals`: Grafana then shows three digits, so that 91 s and 149 s differ ("1.52 mins", "2.48 mins"). */
  seconds: 's',
  /** 0–1, shown in percent. */
  ratio: 'percentunit',
  bytes: 'bytes',
  requestsPerSecond: 'reqps',
  /** Events of other kinds. */
  perSecond: 'suffix:/s',
} as const
