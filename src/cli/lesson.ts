import type { Command } from 'commander'
import { exitCodes } from './exit-codes.ts'

/** What `--help` teaches about a command, besides its arguments. */
export interface Lesson {
  /** One line, for the list of commands. */
  readonly summary: string
  /** What it does, and when somebody needs it. */
  readonly about: string
  /** Each a whole command line after `backscroll`. */
  readonly examples: readonly string[]
  /** What is different afterwards. */
  readonly changes: string
  /** Exit codes with a meaning of their own. */
  readonly exits?: { readonly done?: string; readonly failed?: string; readonly operator?: string }
}

const meanings = {
  done: 'it is done',
  failed: 'it failed',
  operator: 'a setting, a file or an engine needs you, as the one line says',
}

const exitLines = ({ exits }: Lesson): readonly string[] => {
  const { done, failed, operator } = { ...meanings, ...exits }
  return [
    `${exitCodes.done}   ${done}`,
    `${exitCodes.failed}   ${failed}`,
    `${exitCodes.usage}   wrong usage`,
    `${exitCodes.operator}  ${operator}`,
  ]
}

const section = (title: string, lines: readonly string[]): string =>
  `\n${title}:\n${lines.map((line) => `  ${line}`).join('\n')}`

/** Puts the lesson into the command's help. */
export const teach = (command: Command, lesson: Lesson): Command =>
  command
    .summary(lesson.summary)
    .description(lesson.about)
    .addHelpText(
      'after',
      [
        section(
          'Examples',
          lesson.examples.map((example) => `backscroll ${example}`),
        ),
        section('Changes', [lesson.changes]),
        section('Exit codes', exitLines(lesson)),
      ].join('\n'),
    )
