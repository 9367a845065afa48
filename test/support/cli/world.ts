import { openServer, type ServerProcess } from '../server/process.ts'
import { type RestUser, restOf } from '../server/rest.ts'
import { openTokens, type Tokens } from '../server/tokens.ts'
import { type CliEnd, startCli } from './process.ts'

/** A server, its users, and the command line of its operator on the same machine. */
export interface CliWorld<Name extends string> {
  readonly server: ServerProcess
  readonly tokens: Tokens
  readonly users: Readonly<Record<Name, RestUser>>
  cli(...args: readonly string[]): Promise<CliEnd>
}

export const openCliWorld = async <Name extends string>(names: readonly Name[]): Promise<CliWorld<Name>> => {
  const server = await openServer()
  await server.start()
  const tokens = await openTokens(server.directory)
  const rests = await Promise.all(names.map(async (name) => [name, await restOf(server.url, tokens, name)]))
  return {
    server,
    tokens,
    users: Object.fromEntries(rests),
    cli: (...args) =>
      startCli(args, { BACKSCROLL_DATA: server.directory, BACKSCROLL_PORT: new URL(server.url).port }).ended,
  }
}
