import type { ClientOptions } from '../../../packages/client/src/api/client-api.ts'
import { openWebSocket } from '../../../packages/client/src/platform/web-socket.ts'
import type { ClientStore } from '../../../packages/client/src/stores/client-store.ts'
import { systemClock } from '../../../packages/client/src/time/clock.ts'

/** One life of a client process, which can end at any moment without a chance to say or store anything more. */
export interface Life {
  readonly options: Pick<ClientOptions, 'store' | 'clock' | 'webSocket' | 'fetch'>
  /** From here on nothing that the client does has an effect, and it hears of nothing. */
  crash(): void
  readonly crashed: () => boolean
}

/** What goes over the device's network, in few words, for who looks into a failure. */
type Trace = (line: string) => void

const short = (text: string): string =>
  text.replace(/"(ciphertext|token|keyPackages?)":("[^"]*"|\[[^\]]*\])/g, '"$1":0').slice(0, 1_000)

/** What outlives the process: a store of which a write that the crash overtook is lost. */
export interface Disk {
  readonly records: Map<string, unknown>
}

export const createDisk = (): Disk => ({ records: new Map() })

const never = <Value>(): Promise<Value> => new Promise(() => {})

export const startLife = (disk: Disk, writeDelayMs: () => number, trace: Trace = () => {}): Life => {
  let crashed = false
  let queue: Promise<void> = Promise.resolve()

  const after = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))
  const apply = (changes: Parameters<ClientStore['write']>[0]) => {
    for (const { key, value } of changes)
      if (value === undefined) disk.records.delete(key)
      else disk.records.set(key, value)
  }
  const store: ClientStore = {
    load: async () => structuredClone(disk.records),
    write: (changes) => {
      const copy = structuredClone(changes)
      const written = queue.then(() => after(writeDelayMs()))
      queue = written.then(() => (crashed ? never() : apply(copy)))
      return queue
    },
    close: () => queue,
  }
  const guarded = (call: () => void) => () => {
    if (!crashed) call()
  }
  return {
    crashed: () => crashed,
    crash: () => {
      trace('crash')
      crashed = true
    },
    options: {
      store,
      clock: { now: systemClock.now, after: (ms, call) => systemClock.after(ms, guarded(call)) },
      fetch: async (input, init) => {
        if (crashed) return never()
        const response = await fetch(input, init)
        trace(`${init?.method ?? 'GET'} ${new URL(String(input)).pathname} ${response.status}`)
        return crashed ? never() : response
      },
      webSocket: (url, protocols) => {
        if (crashed) throw new Error('The process is gone')
        const socket = openWebSocket(url, protocols)
        const shell: ReturnType<typeof openWebSocket> = {
          onopen: null,
          onmessage: null,
          onclose: null,
          onerror: null,
          send: (text) =>
            guarded(() => {
              trace(`> ${short(text)}`)
              socket.send(text)
            })(),
          close: (code) => socket.close(code),
        }
        socket.onopen = guarded(() => shell.onopen?.())
        socket.onclose = (event) =>
          guarded(() => {
            trace(`closed ${event.code}`)
            shell.onclose?.(event)
          })()
        socket.onerror = guarded(() => shell.onerror?.())
        socket.onmessage = (event) =>
          guarded(() => {
            trace(`< ${short(String(event.data))}`)
            shell.onmessage?.(event)
          })()
        return shell
      },
    },
  }
}
