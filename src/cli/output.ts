import type { Command } from 'commander'

export interface JsonOption {
  readonly json?: true
}

/** For commands that answer data. They then print one JSON object, whose fields are stable. */
export const withJson = (command: Command, shape: string): Command =>
  command.option('--json', `print one JSON object: ${shape}`)

/** The answer of a command, and nothing else, is on standard output. */
export const print = ({ json }: JsonOption, result: object, text: string): void =>
  void process.stdout.write(`${json ? JSON.stringify(result) : text}\n`)

/** For the person at the terminal. */
export const say = (text: string): void => void process.stderr.write(`${text}\n`)
