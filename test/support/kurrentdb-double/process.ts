import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** The double in a process of its own. */
export interface DoubleProcess {
  readonly url: string
  /** Calls a fault, or `refuse` or `accept`, by name. */
  control(name: string, ...values: unknown[]): Promise<void>
  /** Resolves when the process has ended. */
  kill(signal?: NodeJS.Signals): Promise<void>
}

export const startDoubleProcess = async (
  options: { readonly port?: number; readonly file?: string; readonly liveBuffer?: number } = {},
): Promise<DoubleProcess> => {
  const { port = 0, file, liveBuffer } = options
  const data = [
    ...(file === undefined ? [] : ['--data', file]),
    ...(liveBuffer === undefined ? [] : ['--live-buffer', String(liveBuffer)]),
  ]
  const main = fileURLToPath(new URL('./main.ts', import.meta.url))
  const child = spawn(process.execPath, [main, '--port', String(port), ...data], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  const { value: url = '' } = await lines.next()
  const { value: control = '' } = await lines.next()
  return {
    url,
    async control(name, ...values) {
      const { status } = await fetch(`${control}/${name}`, { method: 'POST', body: JSON.stringify(values) })
      if (status !== 204) throw new Error(`The double answered ${status} to ${name}`)
    },
    async kill(signal = 'SIGKILL') {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.kill(signal)
      await ended
    },
  }
}
