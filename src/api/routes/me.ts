import { z } from 'zod'
import { accessOf } from '../access.ts'
import type { Api } from '../deps.ts'
import { responses } from '../responses.ts'

const me = z.object({
  userId: z.string(),
  deviceId: z.string(),
  roles: z.array(z.enum(['user', 'analyst', 'admin'])),
  expiresAt: z.int().describe('When the access token expires, milliseconds since the Unix epoch.'),
})

export const meRoutes = (app: Api): void => {
  app.get(
    '/me',
    { schema: { tags: ['me'], summary: 'Who you are, as your access token says', response: responses(me) } },
    async (request) => {
      const { userId, deviceId, roles, expiresAt } = accessOf(request)
      return { userId, deviceId, roles: [...roles], expiresAt: Math.floor(expiresAt) }
    },
  )
}
