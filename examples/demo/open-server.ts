import { parseArgs } from 'node:util'
import { endOf, UsageError } from '../../src/cli/exit-codes.ts'
import { type DemoServer, startDemoServer } from './demo-server.ts'
import { joinServers } from './running-server.ts'

const urlsOf = (args: readonly string[]): readonly string[] => {
  try {
    return parseArgs({ args: [...args], options: { url: { type: 'string', multiple: true } } }).values.url ?? []
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

/**
 * A server of its own, or those that `--url` names. What whoever runs the demo can put right ends it with one line,
 * and with the exit codes of all commands (docs/operations.md).
 */
export const openServer = async (args: readonly string[]): Promise<DemoServer> => {
  try {
    const [url, ...others] = urlsOf(args)
    return url === undefined ? await startDemoServer() : await joinServers([url, ...others])
  } catch (error) {
    const { code, line } = endOf(error)
    process.stderr.write(`${line}\n`)
    process.exit(code)
  }
}
