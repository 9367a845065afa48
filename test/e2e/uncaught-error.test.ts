import { expect, it } from 'vitest'
import { eventually } from '../support/client/client-world.ts'
import { openServer } from '../support/server/process.ts'

/** A signal that means nothing to the server makes an error in an event handler, as a library might. */
const code = "process.on('SIGWINCH', () => { throw new Error('planted') })"
const planted = `data:text/javascript,${encodeURIComponent(code).replaceAll("'", '%27')}`

it('an unhandled error is logged before the process leaves with exit code 1', async () => {
  const server = await openServer({ env: { NODE_OPTIONS: `--import ${planted}` } })
  try {
    await server.start()
    process.kill(server.pid() ?? 0, 'SIGWINCH')
    await eventually(
      () => !server.running() && /"level":"fatal".*planted/.test(server.output()),
      'the error and the end',
    )
    expect(await server.stop('SIGKILL')).toBe(1)
  } finally {
    await server.discard()
  }
})
