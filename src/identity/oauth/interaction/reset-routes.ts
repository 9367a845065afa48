import type { FastifyInstance, FastifyReply } from 'fastify'
import { z } from 'zod'
import type { OAuthDeps, ResetAnswer } from '../oauth-deps.ts'
import { messagePage } from '../pages/layout.ts'
import { askResetPage, newPasswordPage } from '../pages/reset-page.ts'
import type { CurrentProvider } from '../provider/provider-source.ts'
import { isOwnForm } from './csrf.ts'
import { sendPage } from './interaction.ts'

const asked = z.strictObject({ login: z.string().min(1).max(256) })
const code = z.string().min(1).max(64)
const chosen = z.strictObject({ code, password: z.string().max(1024) })

/**
 * The pages of a forgotten password. The holder of a link's code may set the password; there is no session that
 * another site's form could use.
 */
export const resetRoutes = (
  scope: FastifyInstance,
  { accounts: { resets } }: Pick<OAuthDeps, 'accounts'>,
  current: () => Promise<CurrentProvider>,
): void => {
  const contextOf = ({ publicUrl }: CurrentProvider) => {
    const base = new URL(`${publicUrl}/oauth`).pathname
    return { base, action: `${base}/reset` }
  }

  const say = (reply: FastifyReply, found: CurrentProvider, title: string, message: string, status = 200) =>
    sendPage(reply, messagePage(contextOf(found), title, message), status)

  const gone = (reply: FastifyReply, found: CurrentProvider) =>
    say(reply, found, 'This link is over', 'It was used, or has expired. Ask for another one.', 404)

  const refused = (reply: FastifyReply, found: CurrentProvider) =>
    say(reply, found, 'This form was not accepted', 'Please go back and try again.', 403)

  const answered = (
    reply: FastifyReply,
    found: CurrentProvider,
    answer: ResetAnswer,
    again: (error: string) => string,
  ) => {
    if (answer.kind === 'gone') return gone(reply, found)
    if (answer.kind === 'done')
      return say(
        reply,
        found,
        'The password is set',
        'Go back to the app and sign in with it. You can close this page.',
      )
    if (answer.retryAfterMs !== undefined) reply.header('retry-after', Math.ceil(answer.retryAfterMs / 1000))
    return sendPage(reply, again(answer.reason), answer.status)
  }

  const ask = async (reply: FastifyReply, found: CurrentProvider, login: string, address: string) => {
    const answer = await resets.request(login, { address })
    if (answer.kind === 'no')
      return answered(reply, found, answer, (error) => askResetPage({ ...contextOf(found), error }))
    const message = 'If there is such an account, its owner gets a link that is good for half an hour.'
    return say(reply, found, 'The link is on its way', message)
  }

  scope.get('/reset', async (request, reply) => {
    const found = await current()
    const link = z.object({ code }).safeParse(request.query)
    if (link.success) {
      const page = { ...contextOf(found), code: link.data.code }
      return (await resets.isGood(link.data.code)) ? sendPage(reply, newPasswordPage(page)) : gone(reply, found)
    }
    if (resets.canSend) return sendPage(reply, askResetPage(contextOf(found)))
    const message = 'This server cannot send links. Ask an administrator for one.'
    return say(reply, found, 'Forgot your password?', message)
  })

  scope.post('/reset', async (request, reply) => {
    const found = await current()
    if (!isOwnForm(request.headers, found.publicUrl)) return refused(reply, found)
    const wanted = asked.safeParse(request.body)
    if (wanted.success && resets.canSend) return ask(reply, found, wanted.data.login, request.ip)
    const set = chosen.safeParse(request.body)
    if (!set.success) return refused(reply, found)
    const answer = await resets.reset(set.data.code, set.data.password, { address: request.ip })
    const again = (error: string) => newPasswordPage({ ...contextOf(found), code: set.data.code, error })
    return answered(reply, found, answer, again)
  })
}
