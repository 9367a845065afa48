import { expect, test } from 'vitest'
import { ciphertextOf, createSealer, groupInfoOf } from '../../../bench/load/ciphertext.ts'
import { createMlsDevice, freshEngine } from '../../../bench/load/mls-device.ts'
import { textMessage } from '../../../bench/load/text-message.ts'
import { encryptedPlace } from '../../../src/commands/rules/encrypted-epoch.ts'
import { parseGroupInfo } from '../../../src/domain/mls/group-info.ts'

const id = '5eed0000-0000-4000-8000-00000000002a'

test('a generated message is one to the named conversation and epoch, as far as a server can tell', () => {
  expect(encryptedPlace(id, ciphertextOf(id, 3))).toEqual({ generation: 0, epoch: 3 })
})

test('a generated message is as long as one that the SDK seals', async () => {
  const [device, engine] = [await createMlsDevice('ann'), freshEngine()]
  const { plaintext, aad } = textMessage('00000000-0000-7000-8000-00000000002a')
  const { message } = await engine.encrypt(await engine.createGroup(id, device), plaintext, aad)
  expect(Buffer.from(ciphertextOf(id, 3), 'base64')).toHaveLength(message.length)
})

test('each message of a sealer is another one, of the same length', () => {
  const seal = createSealer(id, 1)
  const three = [seal(), seal(), seal()]
  expect(new Set(three).size).toBe(3)
  for (const one of three) {
    expect(Buffer.from(one, 'base64')).toHaveLength(Buffer.from(ciphertextOf(id, 1), 'base64').length)
    expect(encryptedPlace(id, one)).toEqual({ generation: 0, epoch: 1 })
  }
})

test('a generated group info is of the named conversation at epoch 0', () => {
  const bytes = Buffer.from(groupInfoOf(id), 'base64')
  expect(parseGroupInfo(bytes)).toEqual({ groupId: id, epoch: 0, signer: 0 })
})

test('an id that is not a UUID is refused: it would not fit into the place of one', () => {
  expect(() => ciphertextOf('short', 0)).toThrow(RangeError)
})
