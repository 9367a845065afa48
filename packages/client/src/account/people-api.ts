import { foundUser } from '@backscroll/protocol/rest/accounts'
import { ownAccount } from '@backscroll/protocol/rest/me'
import { toBackscrollError } from '../errors/backscroll-error.ts'
import type { Rest } from '../rest/rest-client.ts'

const ownPrivacy = ownAccount.pick({ privacy: true })

/** Finding other users, and being found. All calls reject with `BackscrollError`. */
export interface ClientPeople {
  /**
   * Resolves with the user id for an exact login name. Undefined if nobody has that name, or if its owner does
   * not let this user find them. Rejects with `rate_limited` after a few dozen calls in an hour. The server could
   * name a different user: compare safety numbers before you trust the result.
   */
  find(login: string): Promise<string | undefined>
  /** Whether other users can find this user by login name. */
  isFindable(): Promise<boolean>
  setFindable(isFindable: boolean): Promise<void>
}

export const createClientPeople = (rest: Rest): ClientPeople => ({
  find: async (login) => {
    try {
      const found = await rest.request({ method: 'POST', path: '/users/lookup', body: { login }, schema: foundUser })
      return found.userId
    } catch (thrown) {
      if (toBackscrollError(thrown).code === 'not_found') return undefined
      throw thrown
    }
  },
  isFindable: async () => (await rest.read({ path: '/me', schema: ownPrivacy })).privacy.findableByLogin,
  setFindable: async (findableByLogin) => {
    const body = { privacy: { findableByLogin } }
    await rest.read({ method: 'PATCH', path: '/me', body, schema: ownPrivacy })
  },
})
