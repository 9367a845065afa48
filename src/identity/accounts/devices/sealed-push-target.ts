import { type PushTarget, pushTarget } from '@backscroll/protocol/rest/push'
import type { Sealer } from '../../../ports/identity/sealer.ts'

interface Owner {
  readonly userId: string
  readonly deviceId: string
}

/** Binds the sealed target to its owner: it cannot be opened in another row. */
const contextOf = ({ userId, deviceId }: Owner): string => `push target of ${userId}/${deviceId}`

export const sealPushTarget = (sealer: Pick<Sealer, 'seal'>, owner: Owner, target: PushTarget): Promise<string> =>
  sealer.seal(JSON.stringify(target), contextOf(owner))

/** Undefined if the target was not sealed by this server for this owner. */
export const openPushTarget = async (
  sealer: Pick<Sealer, 'open'>,
  owner: Owner,
  sealed: string,
): Promise<PushTarget | undefined> => {
  const text = await sealer.open(sealed, contextOf(owner))
  return text === undefined ? undefined : pushTarget.parse(JSON.parse(text))
}
