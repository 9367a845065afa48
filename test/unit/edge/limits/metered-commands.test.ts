import { ProtocolError } from '@backscroll/protocol/errors'
import { expect, test } from 'vitest'
import { messageId as toMessageId } from '../../../../src/domain/ids.ts'
import { createLimitBuckets } from '../../../../src/edge/limits/limit-buckets.ts'
import { meteredCommands } from '../../../../src/edge/limits/metered-commands.ts'
import { createStorageQuota } from '../../../../src/edge/limits/storage-quota.ts'
import { actor, groupStart, harness } from '../../../support/commands/harness.ts'
import { encryptedTo } from '../../../support/groups/beginning.ts'

const id = '00000000-0000-4000-8000-000000000001'
const messageId = '00000000-0000-4000-8000-00000000000a'

/** Room for the start of a conversation and one message, whose first tries are refused after they were counted. */
const open = async () => {
  const { commands, log } = harness()
  const { command, body } = await groupStart(id, actor('ann'), ['bob'])
  await commands.execute(id, command, body)
  const ciphertext = encryptedTo(id)
  const limit = { name: 'stored_bytes' as const, burst: 500 + ciphertext.length, everyMs: 1_000_000 }
  const spending = createStorageQuota({ meter: createLimitBuckets({ now: () => 0 }), limit, isShort: () => false })
  let refusals = 5
  const refusing: typeof commands.execute = async (...given) => {
    refusals -= 1
    if (refusals >= 0) throw new ProtocolError('overloaded', undefined, { retryAfterMs: 1 })
    return commands.execute(...given)
  }
  const metered = meteredCommands({ ...commands, execute: refusing }, spending)
  const send = (clientSeq: number) => {
    const numbers = { actor: actor('ann'), clientSeq, afterClientSeq: clientSeq - 1 }
    return metered.execute(id, { type: 'SendMessage', ...numbers, messageId: toMessageId(messageId) }, ciphertext)
  }
  return { send, close: () => Promise.all([commands.close(), log.close()]) }
}

test('a command that is refused as overloaded, and comes again, is counted once', async () => {
  const { send, close } = await open()
  for (let tries = 0; tries < 5; tries += 1) await expect(send(2)).rejects.toMatchObject({ code: 'overloaded' })
  expect(await send(2)).toMatchObject({ duplicate: false })
  // The client did not get the answer, and sends again.
  expect(await send(2)).toMatchObject({ duplicate: true })
  await expect(send(3)).rejects.toMatchObject({ code: 'rate_limited' })
  await close()
})
