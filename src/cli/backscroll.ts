import type { Command } from 'commander'
import { addAccessToken } from './access-token.ts'
import { addAccounts } from './accounts.ts'
import { addAdmin } from './admin.ts'
import { addDoctor } from './doctor.ts'
import { addKeys } from './keys.ts'
import { addLog } from './log.ts'
import { addLogin } from './login.ts'
import { addMigrate } from './migrate.ts'
import { createProgram } from './program.ts'
import { addReactions } from './reactions.ts'
import { addRenewEpoch } from './renew-epoch.ts'
import { addStart } from './start.ts'
import { addToken } from './token.ts'
import { addViews } from './views.ts'

const firstSteps = `
First steps:
  backscroll start                              the server, with its data in ./data
  backscroll token --user alice --device phone  an access token, signed with this data directory's key
  curl -H "Authorization: Bearer $(backscroll token --user dana --device curl)" http://127.0.0.1:8080/inbox

In the directory of a checkout \`backscroll\` is \`npx backscroll\`, in the Docker image \`node src/cli.ts\`.
Settings are environment variables (BACKSCROLL_PORT, BACKSCROLL_DATA, ...): see docs/configuration.md.
The API is shown at http://127.0.0.1:8080/docs while the server runs.
Exit codes: 0 done; 1 failed, or something was found; 2 wrong usage; 78 a setting, a file or an engine needs you.`

/** In the order in which `--help` lists them. */
const commands = [
  addStart,
  addToken,
  addKeys,
  addDoctor,
  addAccounts,
  addLogin,
  addAccessToken,
  addViews,
  addReactions,
  addAdmin,
  addLog,
  addRenewEpoch,
  addMigrate,
]

/** The whole command line. */
export const createBackscroll = (): Command => {
  const program = createProgram('backscroll')
    .description('An event-sourced, self-hosted messaging backend.')
    .addHelpText('after', firstSteps)
  for (const add of commands) add(program)
  return program
}
