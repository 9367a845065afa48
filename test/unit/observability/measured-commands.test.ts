import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { measuredCommands } from '../../../src/observability/measured-commands.ts'
import { createMetrics } from '../../../src/observability/metrics.ts'
import { actor, harness, sendText, startGroup } from '../../support/commands/harness.ts'

test('commands are counted by type and outcome, and behave as before', async () => {
  const metrics = createMetrics()
  const commands = measuredCommands(harness().commands, metrics)
  const [id, message] = [randomUUID(), randomUUID()]
  await startGroup(commands, id, actor('alice'), ['bob'])
  await sendText(commands, id, actor('alice'), 2, { message })
  expect(await sendText(commands, id, actor('alice'), 2, { message })).toMatchObject({ duplicate: true })
  await expect(sendText(commands, id, actor('alice'), 9)).rejects.toMatchObject({ code: 'client_seq_gap' })
  await commands.acknowledge(id, actor('bob'), 1, 'read')
  const { values = [] } = (await metrics.registry.getSingleMetric('backscroll_commands_total')?.get()) ?? {}
  expect(values.map(({ labels, value }) => [...Object.values(labels), value])).toEqual([
    ['StartGroup', 'accepted', 1],
    ['SendMessage', 'accepted', 1],
    ['SendMessage', 'duplicate', 1],
    ['SendMessage', 'client_seq_gap', 1],
    ['Acknowledge', 'accepted', 1],
  ])
})
