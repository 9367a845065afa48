import type { IdentityStatement } from '@backscroll/protocol/identity-statements'
import type { WireEvent } from '@backscroll/protocol/server-frames'
import { decodeControl } from '../content/message-content.ts'
import { toBackscrollError } from '../errors/backscroll-error.ts'
import { E2eeError } from '../errors/e2ee-error.ts'
import type { ClientEvent } from '../events/client-events.ts'
import type { Directory } from '../rest/mls-directory.ts'
import type { StoreChange } from '../stores/client-store.ts'
import type { TrustBook } from '../trust/trust-book.ts'

export interface UserStatementsDeps {
  readonly me: { readonly userId: string }
  readonly directory: Pick<Directory, 'devicesOf'>
  readonly trust: TrustBook
  readonly write: (changes: readonly StoreChange[]) => Promise<void>
  readonly tell: (event: ClientEvent) => void
  /** This device's user has made a new statement. */
  readonly onOwn: () => void
}

/** What users have signed about their devices and keys, wherever it is heard. */
export interface UserStatements {
  /** True when it was new. Forgeries and irrelevant statements are ignored. */
  hear(userId: string, statements: readonly IdentityStatement[], conversationId?: string): Promise<boolean>
  /** Processes a message from device to device. */
  control(event: WireEvent, envelope: Uint8Array): Promise<void>
  /** A step that fails over whom to trust is repeated, once the server was asked what the user has stated since. */
  informed<Value>(step: () => Promise<Value>): Promise<Value>
  /** The statements of this device's user. */
  own(): readonly IdentityStatement[]
}

/** How many users the server is asked about for one step. */
const patience = 4

const userOf = (thrown: unknown): string | undefined => {
  if (!(thrown instanceof E2eeError)) return undefined
  const { userId } = thrown.details
  const isDoubt = thrown.code === 'identity_changed' || thrown.code === 'unauthorised_device'
  return isDoubt && typeof userId === 'string' ? userId : undefined
}

export const createUserStatements = (deps: UserStatementsDeps): UserStatements => {
  const { me, directory, trust, tell } = deps

  const hear: UserStatements['hear'] = async (userId, statements, conversationId) => {
    if (statements.length === 0) return false
    const before = trust.pins().get(userId)
    const { changes, notices } = await trust.hear(userId, statements)
    await deps.write(changes)
    for (const notice of notices) tell({ type: 'trust', conversationId, notice })
    const isNews = trust.pins().get(userId) !== before
    if (isNews && userId === me.userId) deps.onOwn()
    return isNews
  }
  /** False when the server does not say, or nothing new. */
  const ask = async (userId: string): Promise<boolean> => {
    try {
      return await hear(userId, (await directory.devicesOf(userId)).statements)
    } catch (thrown) {
      if (toBackscrollError(thrown).temporary) throw thrown
      return false
    }
  }
  return {
    hear,
    control: async ({ stream, actor }, envelope) => {
      const content = decodeControl(envelope)
      // Statements are not passed on for other users: that would only let somebody fill this device's memory.
      if (content?.type !== 'identity' || content.body.userId !== actor.userId) return
      await hear(content.body.userId, content.body.statements, stream.id)
    },
    informed: async (step) => {
      for (let left = patience; ; left -= 1)
        try {
          return await step()
        } catch (thrown) {
          const userId = left > 0 ? userOf(thrown) : undefined
          if (userId === undefined || !(await ask(userId))) throw thrown
        }
    },
    own: () => trust.pins().get(me.userId)?.statements ?? [],
  }
}
