import type { Command } from 'commander'
import { endOf } from './exit-codes.ts'
import { say } from './output.ts'

/** A mistake is reported in a line, and by the exit code; a server that has half started is not waited for. */
export const run = async (program: Command, args: readonly string[]): Promise<void> => {
  try {
    await program.parseAsync(args)
  } catch (error) {
    const { code, line } = endOf(error)
    if (line !== undefined) say(line)
    process.exit(code)
  }
}
