import { createConnection } from 'node:net'

const patienceMs = 2000

/** Whether something listens at `host:port`, or where a URL points. */
export const answers = (address: string): Promise<boolean> =>
  new Promise((resolve) => {
    const { hostname, port } = new URL(address.includes('://') ? address : `tcp://${address}`)
    const socket = createConnection({ host: hostname, port: Number(port), timeout: patienceMs })
    const finish = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', () => finish(true))
    socket.once('timeout', () => finish(false))
    socket.once('error', () => finish(false))
  })
