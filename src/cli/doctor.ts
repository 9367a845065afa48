import type { Command } from 'commander'
import { teach } from './lesson.ts'
import { withJson } from './output.ts'

export const addDoctor = (program: Command): void => {
  teach(withJson(program.command('doctor'), '{ findings: [{ check, ok, warning?, line }] }'), {
    summary: 'check settings, files and rights, event log, views, accounts, blobs, disk and clock',
    about:
      'Looks at settings, files and their rights, the whole event log, views, accounts, what is parked, blobs, free space and the clock; in a cluster at its event logs and at what is parked. Each finding is one line with what mends it. Run it before you ask anybody. A server may be running.',
    examples: ['doctor', 'doctor --json'],
    changes: 'Nothing.',
    exits: { done: 'nothing was found, but for notes', failed: 'something was, and each line says what mends it' },
  }).action(async (options) => {
    const { doctor } = await import('./doctor/diagnose-server.ts')
    await doctor(options, process.env)
  })
}
