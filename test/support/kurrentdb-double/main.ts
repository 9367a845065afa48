import { createServer } from 'node:http'
import { json } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { type KurrentDouble, startKurrentDouble } from './double.ts'

/**
 * The double as a process of its own:
 *   node main.ts [--port N] [--data FILE] [--control-port N] [--live-buffer N]
 * It prints its `esdb://` URL on the first line, and on the second the URL that takes faults: `POST /<name>` with the arguments as a JSON array,
 * such as `curl -d '[2,"cut"]' http://127.0.0.1:N/loseAnswers`. Names are those of `Faults`, and `refuse` and `accept`.
 */
const { values } = parseArgs({
  options: {
    port: { type: 'string' },
    data: { type: 'string' },
    'control-port': { type: 'string' },
    'live-buffer': { type: 'string' },
  },
})

const controls = ({ faults, refuse, accept }: KurrentDouble): Map<string, (...values: never[]) => unknown> =>
  new Map(
    Object.entries({
      loseAnswers: faults.loseAnswers,
      denyLeadership: faults.denyLeadership,
      denyReadiness: faults.denyReadiness,
      stall: faults.stall,
      resume: faults.resume,
      halfCloseBatches: faults.halfCloseBatches,
      silenceSubscriptions: faults.silenceSubscriptions,
      endReads: faults.endReads,
      stallFor: faults.stallFor,
      dropSlow: faults.dropSlow,
      dropAtTransition: faults.dropAtTransition,
      refuse,
      accept,
    }),
  )

const double = await startKurrentDouble({
  port: Number(values.port ?? 0),
  ...(values.data === undefined ? {} : { file: values.data }),
  ...(values['live-buffer'] === undefined ? {} : { liveBuffer: Number(values['live-buffer']) }),
})
const named = controls(double)
const control = createServer(async (request, response) => {
  const call = named.get(request.url?.slice(1) ?? '')
  const sent = await json(request).catch(() => [])
  if (call === undefined || request.method !== 'POST') return response.writeHead(404).end()
  await call(...(Array.isArray(sent) ? (sent as never[]) : []))
  return response.writeHead(204).end()
})
control.listen(Number(values['control-port'] ?? 0), '127.0.0.1', () => {
  const address = control.address()
  console.log(double.url)
  console.log(`http://127.0.0.1:${typeof address === 'object' ? address?.port : address}`)
})

for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.once(signal, () => {
    control.close()
    void double.close().then(() => process.exit(0))
  })
