import type { BackscrollClient } from '../../packages/client/src/api/client-api.ts'
import { createDirectory } from '../../packages/client/src/rest/mls-directory.ts'
import { createRest } from '../../packages/client/src/rest/rest-client.ts'
import { createDeviceProver } from '../../packages/client/src/sign-in/device-prover.ts'
import { systemClock } from '../../packages/client/src/time/clock.ts'
import { type Cost, costOf } from './cost.ts'
import { createMlsDevice, freshEngine } from './mls-device.ts'
import { openMany } from './open-socket.ts'
import { openSdkClient } from './sdk-client.ts'
import type { TokenSource } from './token-source.ts'

const personName = (index: number): string => `person-${index}`

/** A device that can be added to groups and is never there: registered, with the key package that may be handed out again and again. */
const register = async (url: string, user: string, tokens: TokenSource): Promise<void> => {
  const token = { get: () => tokens(user), left: () => undefined }
  const { credential, keys } = await createMlsDevice(user)
  const prover = createDeviceProver(keys, Date.now)
  const rest = createRest({ url, token, prover: () => prover, fetch, clock: systemClock, random: Math.random })
  const directory = createDirectory(rest, 'phone')
  const { identityKey, certificate } = credential
  await directory.register({ signatureKey: Buffer.from(keys.publicKey).toString('base64'), identityKey, certificate })
  await directory.publish(await freshEngine().makeKeyPackages({ credential, keys }, 1, { lastResort: true }))
}

/** Groups that one real client makes of people who are not there. */
export const createSdkGroups = (tokens: TokenSource) => {
  let makers = 0
  let maker: BackscrollClient | undefined
  let group: { readonly conversationId: string; people: number } | undefined

  const client = (): BackscrollClient => {
    if (maker === undefined) throw new Error('there is no maker')
    return maker
  }

  return {
    /** `url`: base URL. */
    register: async ({ url, count }: { readonly url: string; readonly count: number }): Promise<void> => {
      const names = Array.from({ length: count }, (_, index) => personName(index))
      await openMany(names, (user) => register(url, user, tokens))
    },
    /** Somebody new, who has seen nobody. */
    openMaker: async ({ url }: { readonly url: string }): Promise<void> => {
      makers += 1
      maker = await openSdkClient(url, `maker-${makers}`, tokens)
    },
    /** Until the server has made it durable, as `add`. */
    make: async ({ size }: { readonly size: number }): Promise<Cost> => {
      const members = Array.from({ length: size - 1 }, (_, index) => personName(index))
      const { cost, result } = await costOf(async () => {
        const { conversationId, done } = client().createGroup({ members })
        await done
        return conversationId
      })
      group = { conversationId: result, people: members.length }
      return cost
    },
    /** One more person. */
    add: async (): Promise<Cost> => {
      const { conversationId, people } = group ?? { conversationId: '', people: 0 }
      const { cost } = await costOf(() => client().addMembers(conversationId, [personName(people)]))
      group = { conversationId, people: people + 1 }
      return cost
    },
    closeMaker: async (): Promise<void> => client().close(),
  }
}
