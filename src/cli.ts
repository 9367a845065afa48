import { createBackscroll } from './cli/backscroll.ts'
import { run } from './cli/run.ts'

/** The command line: `src/cli` has a file for each command. */
await run(createBackscroll(), process.argv)
