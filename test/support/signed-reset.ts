import { generateKeyPairSync, sign } from 'node:crypto'
import { encodeDeviceCredential } from '../../src/protocol/device-credential.ts'
import { bytesOfGroupReset, type GroupResetFacts } from '../../src/protocol/group-reset.ts'

/** What `POST /conversations/{id}/group-reset` takes beside the numbers, for servers that do not know the device's key. */
export const signedReset = (facts: GroupResetFacts) => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const { userId, deviceId, generation } = facts
  const [identityKey, certificate] = [32, 64].map((size) => Buffer.alloc(size).toString('base64'))
  const named = { userId, deviceId, identityKey: identityKey ?? '', certificate: certificate ?? '' }
  return {
    generation,
    proof: {
      credential: Buffer.from(encodeDeviceCredential(named)).toString('base64'),
      signatureKey: publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64'),
      signature: sign(null, bytesOfGroupReset(facts), privateKey).toString('base64'),
    },
  }
}
