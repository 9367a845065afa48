import { fileURLToPath } from 'node:url'
import { freePort } from '../process/free-port.ts'
import { reachable } from '../process/reachable.ts'
import { startChild } from '../process/start-child.ts'
import type { Target } from '../server/target.ts'

const module = fileURLToPath(new URL('./server.ts', import.meta.url))

export const startFloor = async (directory: string, cpu: number): Promise<Target> => {
  const port = await freePort()
  const child = startChild({ module, args: [directory, String(port)], cpu })
  await reachable(`http://127.0.0.1:${port}/`, child.process)
  return { kind: 'floor', child, url: `ws://127.0.0.1:${port}`, settled: async () => undefined, stop: child.stop }
}
