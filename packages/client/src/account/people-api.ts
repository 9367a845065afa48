import { foundUser } from '@backscroll/protocol/rest/accounts'
import { ownAccount } from '@backscroll/protocol/rest/me'
import { toBackscrollError } from '../errors/backscroll-error.ts'
import type { Rest } from '../rest/rest-client.ts'

const ownPrivacy = ownAccount.pick({ privacy: true })

/** How people find each other. All reject with `BackscrollError`. */
export interface ClientPeople {
  /**
   * The user id behind a login name, as a person types it; undefined for a name that nobody has, and alike for somebody
   * who does not let this user find them. `rate_limited` after some dozens in an hour. The server could name another
   * user: compare safety numbers before you trust whom you found.
   */
  find(login: string): Promise<string | undefined>
  /** Whether others find this user by the login name. */
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
