import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Progress } from './engine.ts'
import { layout } from './layout.ts'

export type CommandOptions = {
  cwd?: string
  env?: Record<string, string>
  log: string
  progress: Progress
  doing: string
}

const tellEveryMs = 15_000

/** The end of a log on one line, for a message that is read where the log is not. */
export const lastLines = (path: string): string =>
  readFileSync(path, 'utf8').trimEnd().split('\n').slice(-3).join(' | ')

/**
 * Runs a command that may take minutes: its output goes to `.services/logs/<log>.log`, and every 15 seconds one line says that it still
 * runs. Rejects with the end of its output.
 */
export const runCommand = async (command: string, args: readonly string[], options: CommandOptions): Promise<void> => {
  const path = join(layout.logs, `${options.log}.log`)
  const log = openSync(path, 'w')
  const started = Date.now()
  const seconds = () => Math.round((Date.now() - started) / 1000)
  options.progress(options.doing)
  const timer = setInterval(() => options.progress(`${options.doing}: ${seconds()} s so far`), tellEveryMs)
  try {
    await new Promise<void>((resolve, reject) => {
      const env = { ...process.env, ...options.env }
      const child = spawn(command, args, { cwd: options.cwd ?? layout.root, env, stdio: ['ignore', log, log] })
      child.on('error', reject)
      child.on('exit', (code, signal) => {
        if (code === 0) resolve()
        else reject(new Error(`${command} ended with ${code ?? signal}: ${lastLines(path)} (all of it: ${path})`))
      })
    })
  } finally {
    clearInterval(timer)
    closeSync(log)
  }
}
