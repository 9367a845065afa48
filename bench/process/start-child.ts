import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { Answer, Call } from './answer-tasks.ts'
import type { Usage } from './probe.ts'
import { hasTaskset, taskset } from './taskset.ts'

export interface ChildOptions {
  /** Path of the module, absolute. */
  readonly module: string
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly nodeOptions?: readonly string[]
  /** CPU that all its threads are bound to; ignored where that cannot be done. */
  readonly cpu?: number
}

export interface Child {
  readonly process: ChildProcess
  call<Result>(task: string, input?: unknown): Promise<Result>
  usage(): Promise<Usage>
  /** Asks the process to stop; kills it when it does not. */
  stop(): Promise<void>
}

const probe = fileURLToPath(new URL('./probe.ts', import.meta.url))

const boundTo = (cpu: number | undefined): readonly string[] =>
  cpu === undefined || !hasTaskset() || availableParallelism() < 2 ? [] : [taskset, '-c', String(cpu)]

const commandOf = ({ module, args = [], nodeOptions = [], cpu }: ChildOptions): readonly string[] => [
  ...boundTo(cpu),
  process.execPath,
  '--expose-gc',
  ...nodeOptions,
  '--import',
  probe,
  module,
  ...args,
]

/** Starts a Node process with the probe in it. What it prints on stdout is dropped, its stderr is passed on. */
export const startChild = (options: ChildOptions): Child => {
  const [command = '', ...rest] = commandOf(options)
  const child = spawn(command, rest, {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...process.env, NODE_NO_WARNINGS: '1', ...options.env },
  })
  const waiting = new Map<number, (answer: Answer) => void>()
  let last = 0
  child.on('message', (answer: Answer) => waiting.get(answer.id)?.(answer))
  const kill = (): void => void child.kill('SIGKILL')
  process.once('exit', kill)
  child.on('exit', (code, signal) => {
    process.off('exit', kill)
    for (const [id, settle] of waiting) settle({ id, error: `${options.module} ended: ${code ?? signal}` })
  })

  const call = <Result>(task: string, input?: unknown): Promise<Result> =>
    new Promise((resolve, reject) => {
      last += 1
      const request: Call = { id: last, task, input }
      waiting.set(request.id, (answer) => {
        waiting.delete(answer.id)
        if ('error' in answer) reject(new Error(answer.error))
        else resolve(answer.result as Result)
      })
      child.send(request, (error) => error && waiting.get(request.id)?.({ id: request.id, error: error.message }))
    })

  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), 20_000)
    await gone
    clearTimeout(timer)
  }

  return { process: child, call, usage: () => call<Usage>('usage'), stop }
}
