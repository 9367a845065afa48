import { join } from 'node:path'
import { deviceId, userId } from '@backscroll/protocol/ids'
import { Command, InvalidArgumentError, Option } from 'commander'
import { addAccountCommands } from './cli/accounts/accounts-command.ts'
import { addDoctor } from './cli/doctor/doctor-command.ts'
import { addLogCommands } from './cli/log/log-command.ts'
import { migrateHelp } from './cli/migrate/migrate-help.ts'
import { addReactionsCommands } from './cli/reactions/reactions-command.ts'
import { renewEpoch } from './cli/renew-log-epoch.ts'
import { accessToken, login } from './cli/sign-in/login.ts'
import { addViewsCommands } from './cli/views/views-command.ts'
import { vouchFor } from './cli/vouch-for.ts'
import { ownKeys } from './compose/identity/own-keys.ts'
import { serve } from './compose/serve.ts'
import { version } from './compose/version.ts'
import { loadConfig } from './config/config.ts'
import { ConfigError } from './config/config-problems.ts'
import { userRoles } from './identity/tokens/claims.ts'
import { issueToken } from './identity/tokens/issue-token.ts'
import { readCookieKeys } from './identity/tokens/keys/cookie-keys.ts'
import { rotateKeys } from './identity/tokens/keys/rotate-keys.ts'
import { readSealingKeys } from './identity/tokens/keys/sealing-key.ts'
import { OperatorError } from './ports/errors/operator-error.ts'
import type { UserRole } from './ports/identity/access.ts'

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 }

const duration = (text: string): number => {
  const [, count, unit = ''] = /^([1-9]\d{0,8})([smhd])$/.exec(text) ?? []
  const seconds = Number(count) * (unitSeconds[unit] ?? Number.NaN)
  if (seconds <= 3650 * 86_400) return seconds
  throw new InvalidArgumentError('Give a number and a unit, such as 15m, 12h or 30d (at most 3650d).')
}

const id = (schema: typeof userId | typeof deviceId) => (text: string) => {
  const parsed = schema.safeParse(text)
  if (parsed.success) return parsed.data
  throw new InvalidArgumentError(`It ${parsed.error.issues[0]?.message ?? 'is not valid'}.`)
}

interface TokenOptions {
  readonly user: string
  readonly device: string
  readonly role: UserRole
  readonly ttl: number
  readonly existingAccount?: true
  readonly grantRole?: true
  readonly json?: true
}

const token = async ({ user, device, role, ttl, json, existingAccount, grantRole }: TokenOptions): Promise<void> => {
  const config = loadConfig(process.env)
  const keys = await ownKeys(config)
  const { issuer, audience } = config.tokens
  const roles: readonly UserRole[] = role === 'user' ? ['user'] : ['user', role]
  const meant = { existingAccount: existingAccount === true, grantRole: grantRole === true }
  const who = await vouchFor(config, { userId: user, deviceId: device, roles, ...meant })
  const expiresAt = new Date(Date.now() + ttl * 1000).toISOString()
  const signed = await issueToken({ keys, issuer, audience }, { user, device, roles, ttl })
  const line = json ? JSON.stringify({ token: signed, user, device, roles, expiresAt }) : signed
  process.stderr.write(`${who}\n`)
  process.stdout.write(`${line}\n`)
}

const createKeys = async (): Promise<void> => {
  const config = loadConfig(process.env)
  const { kid } = await ownKeys(config)
  await readCookieKeys(join(config.dataDirectory, 'keys'))
  await readSealingKeys(join(config.dataDirectory, 'keys'))
  process.stdout.write(`${kid} signs\n`)
}

const rotate = async ({ keep }: { readonly keep: number }): Promise<void> => {
  const { dataDirectory } = loadConfig(process.env)
  const { kid, retiredKid, withdrawn } = await rotateKeys(join(dataDirectory, 'keys'), keep * 1000, Date.now())
  process.stdout.write(`${kid} signs from now on; ${retiredKid} is published for a while; withdrawn: ${withdrawn}\n`)
}

const program = new Command('backscroll')
  .description('An event-sourced, self-hosted messaging backend.')
  .version(version)
  .showHelpAfterError()
  .addHelpText(
    'after',
    `
First steps:
  npx backscroll start                              the server, with its data in ./data
  npx backscroll token --user alice --device phone  an access token, signed with this data directory's key
  curl -H "Authorization: Bearer $(npx backscroll token --user alice --device phone)" http://127.0.0.1:8080/inbox

Settings are environment variables (BACKSCROLL_PORT, BACKSCROLL_DATA, ...): see docs/configuration.md.
The API is shown at http://127.0.0.1:8080/docs while the server runs.`,
  )

program
  .command('start')
  .description('start the server and run until a signal stops it')
  .option(
    '--role <roles>',
    'in a cluster: api, gateway, relay, projector, worker, notifier; several separated by commas',
  )
  .action((options) => serve(process.env, options))

program
  .command('token')
  .description("print an access token for one device of a user, signed with the data directory's own key")
  .requiredOption('-u, --user <id>', 'the user: 1 to 128 letters, digits and ._:@|~+-', id(userId))
  .requiredOption('-d, --device <id>', 'the device: 1 to 64 letters, digits and ._:~+-', id(deviceId))
  .addOption(new Option('-r, --role <role>', 'what the token allows').choices(userRoles).default('user'))
  .addOption(
    new Option('-t, --ttl <time>', 'lifetime: a number and s, m, h or d')
      .argParser(duration)
      .default(duration('30d'), '30d'),
  )
  .option('--existing-account', 'the user may be one who registered on this server; otherwise that is refused')
  .option('--grant-role', 'with --existing-account: the account gets the role, for good, if it lacks it')
  .option('--json', 'print token, user, device, roles and expiresAt as JSON')
  .action(token)

const serverOption = () => new Option('-s, --server <url>', 'the server').default('http://127.0.0.1:8080')

program
  .command('login')
  .description(
    'sign this machine in to a server: shows a code to type in elsewhere, keeps the tokens for its user alone',
  )
  .addOption(serverOption())
  .option('-d, --device <id>', 'the id of this device; made up, and kept, when it is not given', id(deviceId))
  .option(
    '--scope <scopes>',
    'what the tokens are for, separated by spaces: messages, analyst, admin',
    'openid messages',
  )
  .action((options) => login(options, process.env))

program
  .command('access-token')
  .description('print an access token of the sign-in, refreshed when it needs to be')
  .addOption(serverOption())
  .action((options) => accessToken(options, process.env))

const keys = program.command('keys').description('the keys of the data directory')

keys
  .command('create')
  .description('make the missing keys, before processes that share the directory start')
  .action(createKeys)

keys
  .command('rotate')
  .description('make a new signing key, without downtime; the old one stays published until its tokens have expired')
  .addOption(
    new Option('-k, --keep <time>', 'how long tokens of the old key may live: a number and s, m, h or d')
      .argParser(duration)
      .default(duration('30d'), '30d'),
  )
  .action(rotate)

program
  .command('renew-epoch')
  .description(
    'run after a backup was restored, before the first start: make the checkpoints of the lost log invalid, for a directory or a cluster',
  )
  .action(() => renewEpoch(process.env))

program
  .command('migrate')
  .description('move up: copy the data directory of the embedded profile into the engines of a cluster, and compare')
  .addOption(new Option('--from <profile>', 'where the data is').choices(['embedded']).makeOptionMandatory())
  .addOption(new Option('--to <profile>', 'where it goes').choices(['cluster']).makeOptionMandatory())
  .option('--json', 'print the result as JSON')
  .addHelpText('after', migrateHelp)
  .action(async (options) => {
    const { migrate } = await import('./cli/migrate/migrate.ts')
    await migrate(options, process.env)
  })

addAccountCommands(program)
addLogCommands(program)
addViewsCommands(program)
addReactionsCommands(program)
addDoctor(program)

program.parseAsync().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = error instanceof ConfigError || error instanceof OperatorError ? 78 : 1
})
