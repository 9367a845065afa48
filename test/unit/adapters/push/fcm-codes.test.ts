import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openFcm } from '../../../../src/adapters/fcm/open-fcm.ts'
import type { PushService } from '../../../../src/ports/push.ts'
import { fcmError, startFcm } from '../../../support/push/fcm-double.ts'

let fcm: Awaited<ReturnType<typeof startFcm>>
let service: PushService
beforeAll(async () => {
  fcm = await startFcm()
  const credential = { getAccessToken: async () => ({ access_token: 'a-token', expires_in: 3600 }) }
  service = await openFcm({ projectId: 'p', credential, agent: fcm.agent }, { now: Date.now, answerMs: 10_000 })
})
afterAll(async () => {
  await service.close()
  await fcm.close()
})

const wake = (token: string) => service.wake([{ id: '1', userId: 'u', target: { kind: 'fcm', token } }])

/** https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode */
describe('Answers of Firebase', () => {
  test.each([
    [404, 'UNREGISTERED', 'gone', 'registration_token_not_registered'],
    [403, 'SENDER_ID_MISMATCH', 'gone', 'mismatched_credential'],
    [400, 'INVALID_ARGUMENT', 'refused', 'invalid_argument'],
    [429, 'QUOTA_EXCEEDED', 'refused', 'message_rate_exceeded'],
    [500, 'INTERNAL', 'refused', 'internal_error'],
    [401, 'THIRD_PARTY_AUTH_ERROR', 'refused', 'third_party_auth_error'],
    [403, 'PERMISSION_DENIED', 'refused', 'mismatched_credential'],
    [400, 'UNSPECIFIED_ERROR', 'refused', 'unknown_error'],
  ])('%i %s is %s', async (status, code, kind, word) => {
    fcm.answer(code, fcmError(status, code))
    expect(await wake(code)).toEqual([{ kind, code: word }])
  })

  test('a service that is briefly unavailable is asked again by the library, and later by this server', async () => {
    fcm.answer('away', fcmError(503, 'UNAVAILABLE'))
    const [outcome] = await wake('away')
    expect(outcome).toEqual({ kind: 'refused', code: 'server_unavailable' })
  }, 30_000)

  test('an answer that is not JSON, or not from FCM, is an error too', async () => {
    fcm.answer('html', { status: 502, body: '<html>bad gateway</html>', headers: { 'content-type': 'text/html' } })
    fcm.answer('empty', { status: 200, body: '', headers: { 'content-type': 'text/plain' } })
    for (const token of ['html', 'empty']) expect((await wake(token))[0]?.kind).toMatch(/refused|unsure/)
  })

  test('a message wakes an app, replaces an older one, and is sent with the configured credential', async () => {
    expect(await wake('good')).toEqual([{ kind: 'sent' }])
    const { message, authorization, url } = fcm.sent.at(-1) ?? {}
    expect(authorization).toBe('Bearer a-token')
    expect(url).toBe('/v1/projects/p/messages:send')
    expect(message).toMatchObject({
      data: { backscroll: 'wake' },
      android: { priority: 'high', collapse_key: 'backscroll', ttl: '86400s' },
      apns: { payload: { aps: { 'content-available': 1 } } },
    })
    expect(message).not.toHaveProperty('notification')
  })
})
