import { type PushTarget, pushTarget } from '@backscroll/protocol/rest/push'
import type { Sealer } from '../../../ports/identity/sealer.ts'

interface Owner {
  readonly userId: string
  readonly deviceId: string
}

/** What is sealed is bound to its owner: moved to another row it does not open. */
const contextOf = ({ userId, deviceId }: Owner): string => `push target of ${userId}/${deviceId}`

export const sealPushTarget = (sealer: Pick<Sealer, 'seal'>, owner: Owner, target: PushTarget): Promise<string> =>
  sealer.seal(JSON.stringify(target), contextOf(owner))

/** Undefined for what nobody sealed here for this owner. */
export const openPushTarget = async (
  sealer: Pick<Sealer, 'open'>,
  owner: Owner,
  sealed: string,
): Promise<PushTarget | undefined> => {
  const text = await sealer.open(sealed, contextOf(owner))
  return text === undefined ? undefined : pushTarget.parse(JSON.parse(text))
}
