import { createServer } from 'node:net'

/** Binds and releases; 0 stands for any. Undefined when somebody has it. */
const tryPort = (port: number): Promise<number | undefined> =>
  new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(undefined))
    probe.listen(port, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : undefined))
    })
  })

/** `wanted` on 127.0.0.1, or any other while somebody has that one. */
export const freePort = async (wanted: number): Promise<number> => {
  const port = (await tryPort(wanted)) ?? (await tryPort(0))
  if (port === undefined) throw new Error('no port of 127.0.0.1 is free')
  return port
}
