import { Command } from 'commander'
import { version } from '../compose/version.ts'

/**
 * A program without commands. Commands that are added to it inherit how it reports mistakes, so this comes first:
 * it throws, and `run` decides how it ends.
 */
export const createProgram = (name: string): Command =>
  new Command(name)
    .version(version)
    .exitOverride()
    .showHelpAfterError('(add --help for what there is)')
    .showSuggestionAfterError()
