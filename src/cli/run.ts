import type { Command } from 'commander'
import { endOf } from './exit-codes.ts'
import { say } from './output.ts'

/**
 * New files are only for the own system user. Otherwise those of SQLite, and the folders of blobs, would be
 * readable by everybody on the machine. Existing files keep their mode.
 */
const keepToOneUser = (): void => void process.umask(0o077)

/** Reports a mistake in one line and by the exit code, without waiting for a server that has half started. */
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
