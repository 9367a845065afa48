import type { Command } from 'commander'
import { teach } from './lesson.ts'
import { withJson } from './output.ts'

export const addDoctor = (program: Command): void => {
  const command = program
    .command('doctor')
    .option('--online', 'also ask Google whether it accepts the key for Firebase')
  teach(withJson(command, '{ findings: [{ check, ok, warning?, line }] }'), {
    summary:
      'check settings, files and rights, event log, views, accounts, blobs, uploaded files, push, disk and clock',
    about:
      'Looks at settings, files and their rights, the whole event log, views, accounts, what is parked, blobs, uploaded files, free space and the clock; in a cluster at its event logs, its bucket and at what is parked; and at the credentials for push. Each finding is one line with what mends it. Run it before you ask anybody. A server may be running.',
    examples: ['doctor', 'doctor --online --json'],
    changes: 'Nothing.',
    exits: { done: 'nothing was found, but for notes', failed: 'something was, and each line says what mends it' },
  }).action(async (options) => {
    const { doctor } = await import('./doctor/diagnose-server.ts')
    await doctor(options, process.env)
  })
}
