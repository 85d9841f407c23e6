import { test } from 'vitest'
import { SimulatedChain } from '../../src/demo/chain.ts'
import { startSimulatedSidecar } from '../../src/demo/sidecar.ts'
test('perf', async () => {
  let t = performance.now()
  const chain = new SimulatedChain({ subnets: 128, neurons: 256, finalityLag: 0 })
  console.log('build', performance.now() - t)
  t = performance.now()
  chain.advance(1)
  console.log('first', performance.now() - t)
  for (let r = 0; r < 4; r++) { t = performance.now(); chain.advance(200); console.log('per block', (performance.now() - t) / 200, process.memoryUsage().heapUsed / 1e6) }
  const s = await startSimulatedSidecar({ chain })
  console.log(await (await fetch(s.url + '/pallets/SubtensorModule/storage/Incentive?keys[]=7')).text())
  console.log(await (await fetch(s.url + '/accounts/5Ccmf1dJKzGtXX7h17eN72MVMRsFwvYjPVmkXPUaapczECf6/balance-info')).text())
  t = performance.now()
  for (let i = 0; i < 50; i++) await Promise.all(Array.from({ length: 16 }, async (_, j) => (await fetch(`${s.url}/pallets/SubtensorModule/storage/Keys?keys[]=${i}&keys[]=${j}`)).text()))
  console.log('800 req', performance.now() - t)
  await s.close()
}, 120000)
