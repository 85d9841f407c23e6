/** Units as Grafana names them; `suffix:` is a text of our own after the number, without scaling. */
export const UNIT = {
  tao: 'suffix:τ',
  alpha: 'suffix:α',
  /** Emission as the chain pays it: TAO to spec 232, the subnet's alpha from 233. */
  taoOrAlpha: 'suffix:τ/α',
  blocks: 'suffix:blocks',
  /** A whole number with thousands apart: heights, counts. */
  count: 'locale',
  /** A number as it is: versions, nonces, and panels whose columns have units of their own. */
  number: 'none',
  seconds: 's',
  /** 0–1, shown in percent. */
  ratio: 'percentunit',
  bytes: 'bytes',
  perSecond: 'reqps',
} as const
