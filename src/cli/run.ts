import type { Command } from 'commander'
import { endOf } from './exit-codes.ts'
import { say } from './output.ts'

/**
 * What these programs make is for their own system user: SQLite, and the folders of blobs, would otherwise be open to
 * everybody on the machine. What exists keeps its mode.
 */
const keepToOneUser = (): void => void process.umask(0o077)

/** A mistake is reported in a line, and by the exit code; a server that has half started is not waited for. */
export const run = async (program: Command, args: readonly string[]): Promise<void> => {
  keepToOneUser()
  try {
    await program.parseAsync(args)
  } catch (error) {
    const { code, line } = endOf(error)
    if (line !== undefined) say(line)
    process.exit(code)
  }
}
