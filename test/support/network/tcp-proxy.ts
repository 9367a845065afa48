import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

type Direction = 'up' | 'down'

/**
 * A TCP proxy before a server, which does what networks do: cuts a connection after any byte, holds bytes
 * back, or goes silent without closing anything, so that the server talks to a socket that nobody is behind.
 */
export interface ChaosProxy {
  readonly url: string
  /** Lets `bytes` more through in one direction, then resets whatever connection they were on. */
  cutAfter(bytes: number, direction: Direction): void
  /** Resets all connections. */
  cut(): void
  /** Each piece of data waits this long, in order. */
  delay(ms: number): void
  /** Forwards nothing on the open connections for `ms`, then drops the device's side; the server's side stays open for as long again. */
  halfOpen(ms: number): void
  /** Reads nothing from the server for `ms`, so that its socket fills up, or until what it answers is called. */
  stall(ms: number): () => void
  /** Resets all connections and each new one, until `heal`. */
  refuse(): void
  /** No faults from now on. */
  heal(): void
  close(): Promise<void>
}

interface Link {
  readonly device: Socket
  readonly server: Socket
  silent: boolean
}

/** A function is asked for each connection. */
export const openChaosProxy = async (targetPort: number | (() => number)): Promise<ChaosProxy> => {
  const links = new Set<Link>()
  const timers = new Set<NodeJS.Timeout>()
  let refusing = false
  let budget: { bytes: number; readonly direction: Direction } | undefined
  let delayMs = 0

  const later = (ms: number, act: () => void) => {
    const timer = setTimeout(() => {
      timers.delete(timer)
      act()
    }, ms)
    timers.add(timer)
  }
  const reset = ({ device, server }: Link) => {
    device.resetAndDestroy()
    server.resetAndDestroy()
  }
  /** The part of the data that still passes. */
  const spend = (data: Buffer, direction: Direction): Buffer => {
    if (budget?.direction !== direction) return data
    const passing = data.subarray(0, budget.bytes)
    budget.bytes -= passing.length
    return passing
  }
  const forward = (link: Link, to: Socket, data: Buffer, direction: Direction) => {
    if (link.silent || to.destroyed) return
    const passing = spend(data, direction)
    if (passing.length > 0) to.write(passing)
    if (budget?.direction !== direction || budget.bytes > 0) return
    budget = undefined
    // What was written has to leave before the reset throws it away.
    setImmediate(() => reset(link))
  }
  const pipe = (link: Link, from: Socket, to: Socket, direction: Direction) => {
    let queue: Promise<void> = Promise.resolve()
    from.on('data', (data) => {
      if (delayMs === 0) queue = queue.then(() => forward(link, to, data, direction))
      else {
        const wait = delayMs
        queue = queue
          .then(() => new Promise<void>((resolve) => later(wait, resolve)))
          .then(() => forward(link, to, data, direction))
      }
    })
    from.on('error', () => undefined)
    from.on('close', () => {
      void queue.then(() => (link.silent ? undefined : to.end()))
    })
  }
  const accept = (device: Socket) => {
    if (refusing) return device.resetAndDestroy()
    const server = connect(typeof targetPort === 'number' ? targetPort : targetPort(), '127.0.0.1')
    const link = { device, server, silent: false }
    links.add(link)
    pipe(link, device, server, 'up')
    pipe(link, server, device, 'down')
    server.on('error', () => device.resetAndDestroy())
    server.on('close', () => links.delete(link))
  }
  const goSilent = (link: Link, ms: number) => {
    link.silent = true
    later(ms, () => link.device.resetAndDestroy())
    later(2 * ms, () => link.server.resetAndDestroy())
  }

  const listener = createServer(accept).listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const address = listener.address()
  if (address === null || typeof address === 'string') throw new Error('The proxy has no port')

  return {
    url: `http://127.0.0.1:${address.port}`,
    cutAfter: (bytes, direction) => {
      budget = { bytes, direction }
    },
    cut: () => links.forEach(reset),
    delay: (ms) => {
      delayMs = ms
    },
    halfOpen: (ms) => {
      for (const link of links) if (!link.silent) goSilent(link, ms)
    },
    stall: (ms) => {
      const held = [...links].map(({ server }) => server)
      for (const server of held) server.pause()
      const goOn = () => {
        for (const server of held) server.resume()
      }
      later(ms, goOn)
      return goOn
    },
    refuse: () => {
      refusing = true
      links.forEach(reset)
    },
    heal: () => {
      refusing = false
      budget = undefined
      delayMs = 0
    },
    close: async () => {
      for (const timer of timers) clearTimeout(timer)
      links.forEach(reset)
      listener.close()
    },
  }
}
