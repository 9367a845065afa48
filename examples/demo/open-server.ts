import { endOf } from '../../src/cli/exit-codes.ts'
import { optionsOf } from '../usage.ts'
import { type DemoServer, startDemoServer } from './demo-server.ts'
import { joinServers } from './running-server.ts'

const usage = `npm run demo                     two people with two devices each, on a server of their own
npm run demo -- --url <url>      on a server that runs already; BACKSCROLL_DATA names its data directory
                                 (repeat --url for each process of a cluster)`

const urlsOf = (args: readonly string[]): readonly string[] =>
  optionsOf(args, { url: { type: 'string', multiple: true } } as const, usage).url ?? []

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
