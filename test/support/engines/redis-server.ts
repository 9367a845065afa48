import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../../../bench/process/free-port.ts'
import { answers } from '../../../scripts/services/answers.ts'

export const hasRedisServer = spawnSync('redis-server', ['--version']).status === 0

/** A Redis of the test's own, that can be killed and started again on its port. It keeps nothing. */
export interface RedisServer {
  readonly port: number
  readonly url: string
  start(): Promise<void>
  /** SIGKILL. */
  kill(): Promise<void>
  /** Answers nobody and closes nothing, until `thaw`. */
  freeze(): void
  thaw(): void
}

export const createRedisServer = async (...args: string[]): Promise<RedisServer> => {
  const port = await freePort()
  let child: ChildProcess | undefined

  return {
    port,
    url: `redis://127.0.0.1:${port}/0`,
    start: async () => {
      const options = ['--bind', '127.0.0.1', '--port', `${port}`, '--save', '', ...args]
      child = spawn('redis-server', options, { stdio: 'ignore' })
      while (!(await answers(`127.0.0.1:${port}`))) await sleep(20)
    },
    kill: async () => {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
      const exited = once(child, 'exit')
      child.kill('SIGKILL')
      await exited
    },
    freeze: () => void child?.kill('SIGSTOP'),
    thaw: () => void child?.kill('SIGCONT'),
  }
}
