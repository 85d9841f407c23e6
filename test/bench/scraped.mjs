// The web server over a full neuron table, and beside it the same bytes as they are.
import { pino } from 'pino'
import { neurons } from '../../dist/collectors/neurons.js'
import { Exposition } from '../../dist/metrics/exposition.js'
import { gzipStream } from '../../dist/metrics/gzip.js'
import { SelfMetrics } from '../../dist/metrics/self.js'
import { buildWeb } from '../../dist/web/server.js'
import { fullTable, renderer } from './rendering.mjs'

const exposition = new Exposition(neurons.families)
const contents = await renderer(exposition)(fullTable())
exposition.publish([{ families: neurons.families, part: '', contents }])
const self = new SelfMetrics({ version: '0', revision: '0', nodeVersion: '0' }, false, ['a'])
const web = buildWeb(
  { exposition, self, isReady: () => true, version: '0', demo: false, nodes: () => ['a'], status: () => [] },
  pino({ level: 'silent' }),
)
const identity = Buffer.concat(exposition.snapshot.chunks('text').map(({ bytes }) => bytes))
const gzip = Buffer.concat(gzipStream(await exposition.snapshot.compressed('text')))
web.register((app, _options, done) => {
  app.get('/static', (_request, reply) => reply.type('text/plain').send(identity))
  app.get('/static-gzip', (_request, reply) =>
    reply.type('text/plain').header('content-encoding', 'gzip').send(gzip),
  )
  done()
})
process.send({ url: await web.listen({ host: '127.0.0.1', port: 0 }) })
