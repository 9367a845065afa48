import { type ParseArgsConfig, parseArgs } from 'node:util'

/**
 * The options on the command line. `--help` prints the usage and ends with 0; an option that there is not ends with
 * one line, and with 2.
 */
export const optionsOf = <Options extends NonNullable<ParseArgsConfig['options']>>(
  args: readonly string[],
  options: Options,
  usage: string,
) => {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(`${usage}\n`)
    process.exit(0)
  }
  try {
    return parseArgs({ args: [...args], options }).values
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)} (--help shows the options)\n`)
    process.exit(2)
  }
}
