import { type Command, Option } from 'commander'
import { teach } from './lesson.ts'
import { withJson } from './output.ts'
import { deviceIdValue, serverUrl } from './settings/argument-values.ts'

export const serverOption = (): Option =>
  new Option('-s, --server <url>', 'the server').argParser(serverUrl).default('http://127.0.0.1:8080')

export const addLogin = (program: Command): void => {
  const command = program
    .command('login')
    .addOption(serverOption())
    .option('-d, --device <id>', 'the id of this device; made up, and kept, when it is not given', deviceIdValue)
    .option(
      '--scope <scopes>',
      'what the tokens are for, separated by spaces: messages, analyst, admin',
      'openid messages',
    )
  teach(withJson(command, '{ server, userId, deviceId, file }'), {
    summary: 'sign this machine in to a server: shows a code to type in elsewhere, keeps the tokens for its user alone',
    about:
      'Signs this machine in to a server, as a person with an account there: shows a code to type in a browser, on any device, and waits. `access-token` then prints tokens of this sign-in.',
    examples: ['login', 'login --server https://chat.example.org --scope "openid messages admin"'],
    changes:
      'Keeps the tokens in ~/.config/backscroll/credentials.json (or under XDG_CONFIG_HOME), for its user alone.',
    exits: { done: 'this machine is signed in', operator: 'it was cancelled, the code expired, or no server answers' },
  }).action(async (options) => {
    const { login } = await import('./login/sign-in.ts')
    await login(options, process.env)
  })
}
