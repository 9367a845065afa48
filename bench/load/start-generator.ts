import { fileURLToPath } from 'node:url'
import { type Child, startChild } from '../process/start-child.ts'

const module = fileURLToPath(new URL('./main.ts', import.meta.url))

export const startGenerator = async (keys: string, cpu?: number): Promise<Child> => {
  const child = startChild({ module, args: [keys], ...(cpu !== undefined && { cpu }) })
  await child.call('ready')
  return child
}
