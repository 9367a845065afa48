import { userParams } from '@backscroll/protocol/rest/accounts'
import { administeredUserPage, userOverview, userSearch } from '@backscroll/protocol/rest/administration'
import type { Account } from '../../../ports/identity/account-records.ts'
import type { Device } from '../../../ports/identity/device-records.ts'
import { decodeCursor, encodeCursor } from '../../../projections/reading/list-cursor.ts'
import { toPage } from '../../../projections/reading/list-page.ts'
import { responses } from '../../answers/route-responses.ts'
import type { Api, ApiDeps } from '../../api-deps.ts'
import { adminOnly } from '../../requests/admin-access.ts'

const tags = ['administration']

/** Counts stop at this number. */
const mostConversations = 10_000

/** Who the user is and the state of the account, without profile and settings. */
const shown = ({ userId, login, origin, status, deactivation, roles, createdAt }: Account) => ({
  ...{ userId, login, origin, status, deactivation, roles, createdAt },
})

const shownDevice = ({ deviceId, addedAt, revokedAt, signatureKey }: Device) => ({
  ...{ deviceId, addedAt, revokedAt },
  hasKey: signatureKey !== null,
})

const scopeOf = (prefix: string): readonly string[] => ['users', prefix]

const searchRoute = (app: Api, { accounts }: ApiDeps): void => {
  app.post(
    '/admin/users/search',
    {
      ...adminOnly,
      schema: {
        tags,
        operationId: 'searchUsers',
        summary: 'Find users by login name, or by the beginning of a login name or user id',
        body: userSearch,
        response: responses(administeredUserPage, 403),
      },
    },
    async ({ body: { login, prefix = '', cursor, limit } }) => {
      if (login !== undefined) return { items: (await accounts.administration.find({ login })).map(shown) }
      const scope = scopeOf(prefix)
      const [after] = cursor === undefined ? [] : decodeCursor(scope, cursor, ['text'])
      const behind = after === undefined ? {} : { after: String(after) }
      const found = await accounts.administration.find({ prefix, limit: limit + 1, ...behind })
      return toPage(found, limit, shown, ({ userId }) => encodeCursor(scope, [userId]))
    },
  )
}

const overviewRoute = (app: Api, { accounts, consent, queries, metering }: ApiDeps): void => {
  const { meter, limits } = metering
  app.get(
    '/admin/users/:userId',
    {
      ...adminOnly,
      schema: {
        tags,
        operationId: 'getUserOverview',
        summary: 'Get how an account stands: devices, counts and limits, and no contents',
        params: userParams,
        response: responses(userOverview, 403, 404),
      },
    },
    async ({ params: { userId } }) => {
      const { account, devices } = await accounts.administration.user(userId)
      const [conversations, requests, blocks] = await Promise.all([
        queries.membershipCount(userId, mostConversations),
        consent.requests(userId),
        consent.blocks(userId),
      ])
      const lastHour = Math.ceil(meter.used(limits.storedBytes, userId))
      return {
        ...shown(account),
        devices: devices.map(shownDevice),
        ...{ conversations, requests: requests.length, blocks: blocks.length },
        storedBytes: { lastHour, perHour: limits.storedBytes.burst },
      }
    },
  )
}

/** Lets admins find and view users. */
export const administeredUserRoutes = (app: Api, deps: ApiDeps): void => {
  searchRoute(app, deps)
  overviewRoute(app, deps)
}
