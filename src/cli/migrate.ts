import { type Command, Option } from 'commander'
import { teach } from './lesson.ts'
import { withJson } from './output.ts'

const about =
  'Copies the data directory of the embedded profile into the engines of a cluster, and compares both. Killed or failed, it is run again and goes on where it stopped.'

/** A list in a description would be wrapped into one paragraph, so these lines are kept as they are. */
const steps = `
What to do:
  1. Bring up the engines and name them: BACKSCROLL_KURRENTDB_URL,
     _KAFKA_BROKERS, _MONGODB_URL, _REDIS_URL, _POSTGRES_URL, _S3_URL, and
     BACKSCROLL_CLUSTER and BACKSCROLL_PARTITIONS as the cluster will have them.
     Event log and accounts database must be empty.
  2. Stop the embedded server. The command refuses while one holds the data
     directory.
  3. Run the command.
  4. Give the processes of the cluster the folder keys of the data directory, or
     all tokens become invalid. Start them.

What happens:
  Events, accounts and blobs are copied; views are rebuilt; then both sides are
  read whole and compared, and a table is printed. Devices find a log of another
  epoch and load a snapshot when they come back; what they had not sent yet,
  they send then.`

export const addMigrate = (program: Command): void => {
  const command = program
    .command('migrate')
    .addOption(new Option('--from <profile>', 'where the data is').choices(['embedded']).makeOptionMandatory())
    .addOption(new Option('--to <profile>', 'where it goes').choices(['cluster']).makeOptionMandatory())
    .addHelpText('after', steps)
  teach(withJson(command, '{ ok, epoch, copied, checks }'), {
    summary: 'move up: copy the data directory of the embedded profile into the engines of a cluster, and compare',
    about,
    examples: ['migrate --from embedded --to cluster', 'migrate --from embedded --to cluster --json'],
    changes: 'Fills the engines of the cluster. The data directory is only read.',
    exits: { done: 'everything is there', failed: 'something differs or failed' },
  }).action(async (options) => {
    const { migrate } = await import('./migrate/move-up.ts')
    await migrate(options, process.env)
  })
}
