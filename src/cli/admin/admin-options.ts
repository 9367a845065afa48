import { type Command, InvalidArgumentError, Option } from 'commander'
import { serverUrl } from '../settings/argument-values.ts'

export const ofServer = (command: Command): Command =>
  command.option('-s, --server <url>', "the running server; default: this machine, at the settings' port", serverUrl)

export const count = (text: string): number => {
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('Give a number from 1 to 99999.')
}

/** The reasons that the audit accepts. */
const reasons = ['abuse', 'spam', 'illegal', 'security', 'requested', 'mistake', 'maintenance', 'other'] as const

export const withReason = (command: Command): Command =>
  command.addOption(new Option('-r, --reason <word>', 'why, for the audit').choices(reasons))

export const operator =
  'the server cannot be asked, or refuses: settings, no answer, a user or id that it does not know'
