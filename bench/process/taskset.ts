import { spawnSync } from 'node:child_process'

let found: boolean | undefined

/** Whether processes can be bound to a CPU here (Linux with util-linux). */
export const hasTaskset = (): boolean => {
  found ??= spawnSync('taskset', ['--version']).status === 0
  return found
}
