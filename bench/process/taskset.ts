import { spawnSync } from 'node:child_process'

/** A tool of util-linux that binds a process and its threads to a CPU. */
export const taskset = 'taskset'

let found: boolean | undefined

/** Whether processes can be bound to a CPU here. */
export const hasTaskset = (): boolean => {
  found ??= spawnSync(taskset, ['--version']).status === 0
  return found
}
