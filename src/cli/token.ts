import { type Command, Option } from 'commander'
import { userRoles } from '../identity/tokens/claims.ts'
import { teach } from './lesson.ts'
import { withJson } from './output.ts'
import { deviceIdValue, duration, userIdValue } from './settings/argument-values.ts'

export const addToken = (program: Command): void => {
  const command = program
    .command('token')
    .requiredOption('-u, --user <id>', 'the user: 1 to 128 letters, digits and ._:@|~+-', userIdValue)
    .requiredOption('-d, --device <id>', 'the device: 1 to 64 letters, digits and ._:~+-', deviceIdValue)
    .addOption(new Option('-r, --role <role>', 'what the token allows').choices(userRoles).default('user'))
    .addOption(
      new Option('-t, --ttl <time>', 'lifetime: a number and s, m, h or d')
        .argParser(duration)
        .default(duration('30d'), '30d'),
    )
    .option('--existing-account', 'the user may be one who registered on this server; otherwise that is refused')
    .option('--grant-role', 'with --existing-account: the account gets the role, for good, if it lacks it')
  teach(withJson(command, '{ token, user, device, roles, expiresAt }'), {
    summary: "print an access token for one device of a user, signed with the data directory's own key",
    about:
      'Prints an access token for one device of a user, signed with the own key of the data directory: for trying the server out, and for operators and programs that sign in nobody. People sign in instead (docs/guide/sign-in.md). A server may be running. Standard error says whose token it is.',
    examples: [
      'token --user alice --device phone',
      'token --user ops --device laptop --role admin --ttl 12h --json',
      'token --user 0197-... --device laptop --role admin --existing-account --grant-role',
    ],
    changes: 'Makes the signing key, the user and the device where they are not there yet.',
    exits: { operator: 'the user or the device cannot have a token, or the settings are wrong, as the one line says' },
  }).action(async (options) => {
    const { printToken } = await import('./token/print-token.ts')
    await printToken(options, process.env)
  })
}
