import { createProgram } from './cli/program.ts'
import { run } from './cli/run.ts'
import { addStart } from './cli/start.ts'

/** `npm start`, and what a container runs: the command `start` alone. */
const program = createProgram('backscroll')
addStart(program)
await run(program, [...process.argv.slice(0, 2), 'start', ...process.argv.slice(2)])
