import { fileURLToPath } from 'node:url'
import { freePort } from '../process/free-port.ts'
import { reachable } from '../process/reachable.ts'
import { startChild } from '../process/start-child.ts'
import type { Target } from '../server/target.ts'

const module = fileURLToPath(new URL('./server.ts', import.meta.url))

export const startFloor = async (directory: string, cpu: number): Promise<Target> => {
  const port = await freePort()
  const child = startChild({ module, args: [directory, String(port)], cpu })
  const rest = `http://127.0.0.1:${port}`
  await reachable(rest, child.process)
  const url = `ws://127.0.0.1:${port}`
  return { kind: 'floor', child, url, rest, settled: async () => undefined, stop: child.stop }
}
