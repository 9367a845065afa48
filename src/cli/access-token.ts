import type { Command } from 'commander'
import { teach } from './lesson.ts'
import { serverOption } from './login.ts'
import { withJson } from './output.ts'

export const addAccessToken = (program: Command): void => {
  teach(withJson(program.command('access-token').addOption(serverOption()), '{ token }'), {
    summary: 'print an access token of the sign-in, refreshed when it needs to be',
    about: 'Prints an access token of the sign-in that `login` made, good for a minute at least: for scripts and curl.',
    examples: ['access-token', 'access-token --server https://chat.example.org'],
    changes: 'Refreshes the tokens that are kept, when the old one ends soon.',
    exits: { operator: 'this machine is not signed in, the sign-in is over, or no server answers' },
  }).action(async (options) => {
    const { accessToken } = await import('./login/sign-in.ts')
    await accessToken(options, process.env)
  })
}
