/** A request to a child process and its answer, over the channel that `fork`-like spawning opens. */
export interface Call {
  readonly id: number
  readonly task: string
  readonly input: unknown
}

export type Answer = { readonly id: number; readonly result: unknown } | { readonly id: number; readonly error: string }

/** Each task names its own input. Both ends are in this folder, so it is not checked again. */
type Task = (input: never) => unknown

const known = new Map<string, Task>()
/** Calls of tasks that are not here yet: the probe is there before the program. */
let early: Call[] = []
let listening = false

const reply = (answer: Answer): void => {
  process.send?.(answer)
}

const run = ({ id, input }: Call, task: Task): void => {
  Promise.resolve()
    .then(() => task(input as never))
    .then((result) => reply({ id, result }))
    .catch((error: unknown) => reply({ id, error: error instanceof Error ? String(error.stack) : String(error) }))
}

const receive = (call: Call): void => {
  const task = known.get(call.task)
  if (task === undefined) early.push(call)
  else run(call, task)
}

/** In a child process: runs the named task for each call and sends back what it returns or throws. */
export const answerTasks = (tasks: Readonly<Record<string, Task>>): void => {
  for (const [name, task] of Object.entries(tasks)) known.set(name, task)
  if (!listening) process.on('message', receive)
  listening = true
  const calls = early
  early = []
  calls.forEach(receive)
}
