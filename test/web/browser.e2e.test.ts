import axe from 'axe-core'
import { mkdir } from 'node:fs/promises'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { ALERTS } from '../../src/web/problems/alerts.ts'
import { startChromium, startDemonstration } from './browser.ts'
import { until } from '../support/until.ts'

const PAGES = ['/', '/subnets', '/subnets/1?sort=dividends', '/subnets/99']

let demonstration: Awaited<ReturnType<typeof startDemonstration>>
let browser: Browser

beforeAll(async () => {
  demonstration = await startDemonstration()
  browser = await startChromium()
  await until(async () => (await fetch(`${demonstration.url}/api/v1/subnets/1/neurons`)).ok, {
    timeoutMs: 60_000,
    intervalMs: 100,
  })
})

afterAll(async () => {
  await browser.close()
  await demonstration.stop()
})

async function open(path: string, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext(options)
  onTestFinished(() => context.close())
  const page = await context.newPage()
  await page.goto(demonstration.url + path)
  return page
}

/** The exact amounts or numbers of a column, from top to bottom. */
async function column(page: Page, heading: string): Promise<number[]> {
  const headings = await page.locator('thead th').allInnerTexts()
  const index = headings.findIndex((text) => text.startsWith(heading)) + 1
  const cells = await page.locator(`tbody tr > :nth-child(${index})`).all()
  return Promise.all(
    cells.map(async (cell) => {
      const data = cell.locator('data')
      return Number((await data.count()) > 0 ? await data.getAttribute('value') : await cell.innerText())
    }),
  )
}

test('the overview says what is wrong, asks nobody else for anything, and breaks no policy', async () => {
  const page = await open('/')
  const complaints: string[] = []
  const requests: string[] = []
  page.on('console', (message) => complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('request', (request) => requests.push(request.url()))
  await page.reload()
  expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('bittensor-exporter')
  expect(await page.getByText('Demo: all data is simulated.').isVisible()).toBe(true)
  const wrong = page.getByRole('region', { name: 'Problems' })
  const faults = await wrong.getByRole('listitem').allInnerTexts()
  const listed = faults.join('\n')
  expect(listed).toContain('demo-miner: netuids on subnet 7: wanted registered, is not registered there')
  expect(listed).toContain('demo-b has no peers')
  expect(listed).toContain(ALERTS.BittensorNodeIsolated.summary)
  expect(await page.getByText('BROKEN').first().isVisible()).toBe(true)
  // The browser asks for the icon when it likes.
  expect(new Set([...requests, `${demonstration.url}/favicon.svg`])).toEqual(
    new Set([`${demonstration.url}/`, `${demonstration.url}/favicon.svg`]),
  )
  expect(complaints).toEqual([])
})

test.each([true, false])('clicks sort the leaderboard, JavaScript %s', async (javaScriptEnabled) => {
  const page = await open('/', { javaScriptEnabled })
  await page.getByRole('link', { name: /^1 Demo/ }).click()
  await page.getByRole('link', { name: 'Stake (TAO)' }).click()
  const stakes = await column(page, 'Stake')
  expect(stakes).toHaveLength(64)
  expect(stakes).toEqual(stakes.toSorted((a, b) => b - a))
  expect(await page.locator('th[aria-sort]').getAttribute('aria-sort')).toBe('descending')
  await page.getByRole('link', { name: 'Stake (TAO)' }).click()
  expect(await column(page, 'Stake')).toEqual(stakes.toReversed())
  expect(await page.locator('th[aria-sort]').getAttribute('aria-sort')).toBe('ascending')
  await page.getByRole('link', { name: 'Incentive' }).click()
  const incentives = await column(page, 'Incentive')
  expect(incentives).toEqual(incentives.toSorted((a, b) => b - a))
  expect(await page.locator('tr.watched').count()).toBe(2)
})

test('the leaderboard fits a screen of 1280 px', async () => {
  const page = await open('/subnets/1?sort=dividends', { viewport: { width: 1280, height: 800 } })
  const [shown = 0, whole = Infinity] = await page.evaluate<number[]>(
    "(({ clientWidth, scrollWidth }) => [clientWidth, scrollWidth])(document.querySelector('.scroll'))",
  )
  expect(whole).toBeLessThanOrEqual(shown)
  expect(await page.locator('.hint').first().isVisible()).toBe(false)
})

test('on a phone the columns that matter most are visible, and a hint says that there are more', async () => {
  const page = await open('/', { viewport: { width: 360, height: 740 } })
  const table = page.getByRole('region', { name: 'Neurons of demo-validator' })
  expect(await table.locator('.hint').isVisible()).toBe(true)
  const headings = table.locator('thead th')
  expect((await headings.allInnerTexts()).slice(0, 4)).toEqual(['Subnet', 'UID', 'Active', 'Permit'])
  const box = await headings.nth(3).boundingBox()
  expect((box?.x ?? Infinity) + (box?.width ?? 0)).toBeLessThanOrEqual(360)
})

test.each([true, false])('the watched neurons are found, JavaScript %s', async (javaScriptEnabled) => {
  const page = await open('/subnets/1?sort=permit', { javaScriptEnabled })
  const headings = await page.locator('thead th').allInnerTexts()
  const permit = headings.findIndex((text) => text.startsWith('Permit')) + 1
  const permits = await page.locator(`tbody tr > :nth-child(${permit})`).allInnerTexts()
  expect(permits).toContain('yes')
  expect(permits).toContain('no')
  expect(permits.lastIndexOf('yes')).toBeLessThan(permits.indexOf('no'))
  await page.getByRole('link', { name: /★ UID \d+ demo-validator/ }).click()
  expect(page.url()).toMatch(/#uid-\d+$/)
  await page.getByRole('link', { name: 'Show watched neurons alone' }).click()
  expect(await page.locator('tbody tr').count()).toBe(2)
  await page.getByRole('link', { name: 'Show all neurons' }).click()
  expect(await page.locator('tbody tr').count()).toBe(64)
})

describe.each(PAGES)('%s', (path) => {
  test.each([320, 360, 768])('is no wider than a screen of %d px', async (width) => {
    const page = await open(path, { viewport: { width, height: 740 } })
    const widest = await page.evaluate('document.documentElement.scrollWidth')
    expect(widest).toBe(width)
  })

  test.each(['light', 'dark'] as const)('has no fault that axe finds, %s', async (colorScheme) => {
    const page = await open(path, { colorScheme })
    const background = await page.evaluate('getComputedStyle(document.body).backgroundColor')
    expect(background).toBe(colorScheme === 'light' ? 'rgb(255, 255, 255)' : 'rgb(13, 17, 23)')
    await page.evaluate(axe.source)
    const violations = await page.evaluate(
      'axe.run().then(({ violations }) => violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html)}`))',
    )
    expect(violations).toEqual([])
  })
})

test('by keyboard: the first stop skips to the content, and every stop can be seen', async () => {
  const page = await open('/subnets/1')
  const focused = (what: string) => page.evaluate(`document.activeElement.${what}`)
  await page.keyboard.press('Tab')
  expect(await focused('textContent')).toBe('Skip to content')
  await page.keyboard.press('Enter')
  const stops: unknown[] = []
  for (let stop = 0; stop < 15; stop++) {
    await page.keyboard.press('Tab')
    expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid')
    stops.push(await focused('textContent.trim().slice(0, 9)'))
  }
  // The columns of /metrics, in its order, without those that a chain of today does not have.
  // After the links to watched neurons and the table itself.
  expect(stops.slice(4, 7)).toEqual(['UID', 'Stake (TA', 'V. trust'])
  expect(stops).toContain('Dividends')
})

const SCREENSHOTS = new URL('../../docs/images/', import.meta.url)

test.runIf(process.env['UPDATE_SCREENSHOTS'] === '1').each([
  ['overview', '/', { viewport: { width: 1100, height: 1000 } }],
  [
    'leaderboard-dark',
    '/subnets/1?sort=dividends',
    { viewport: { width: 1300, height: 640 }, colorScheme: 'dark' },
  ],
  ['phone', '/', { viewport: { width: 360, height: 740 } }],
] as const)('screenshot: %s', async (name, path, options) => {
  await mkdir(SCREENSHOTS, { recursive: true })
  const page = await open(path, options)
  const shot = await page.screenshot({ path: new URL(`${name}.png`, SCREENSHOTS).pathname })
  expect(shot.length).toBeLessThan(200_000)
})
