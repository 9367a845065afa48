import { expect, onTestFinished, test } from 'vitest'
import { UnavailableError } from '../../../src/ports/errors/unavailable-error.ts'
import { createCaller, startApi } from '../../support/api/harness.ts'

test('an admin sees the other queues also while no process that runs views answers', async () => {
  const away = () => Promise.reject(new UnavailableError('no projector answers'))
  const running = await startApi({ viewsControl: { report: away, rebuild: away, retry: away } })
  onTestFinished(() => running.close())
  const token = await running.tokenFor('ada', 'phone', ['user', 'admin'])
  const headers = { authorization: `Bearer ${token}` }
  const answer = await running.api.inject({ method: 'GET', url: '/admin/queues', headers })
  expect([answer.statusCode, answer.json().views]).toEqual([200, null])
  const { limits } = answer.json() as { limits: { name: string; burst: number; everyMs: number }[] }
  expect(limits.find(({ name }) => name === 'media_bytes')).toEqual({
    ...{ name: 'media_bytes', burst: 10_737_418_240, everyMs: 86_400_000 / 10_737_418_240 },
  })
  const user = await createCaller(running, 'bob')
  expect((await user('GET', '/admin/queues')).status).toBe(403)
})
