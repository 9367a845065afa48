import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Caller, createCaller, type RunningApi, startApi } from '../../support/api/harness.ts'

let running: RunningApi
beforeAll(async () => {
  running = await startApi()
})
afterAll(() => running.close())

type Method = Parameters<Caller>[0]

/** All admin routes as the API document lists them, so that a new route cannot be forgotten. */
const adminRoutes = async () => {
  const { paths } = (await running.api.inject('/docs/openapi.json')).json()
  return Object.entries<object>(paths).flatMap(([path, methods]) =>
    path.startsWith('/admin/')
      ? Object.keys(methods).map((method) => ({ method: method.toUpperCase() as Method, path }))
      : [],
  )
}

const named = (path: string): string => path.replaceAll(/\{[^}]+\}/g, '0f0f4d7e-7b1d-4d8e-8a55-6f5b1c2d3e4f')

const answersTo = async (call: Caller) => {
  const answers: unknown[] = []
  for (const { method, path } of await adminRoutes()) {
    const { status, code } = await call(method, named(path), method === 'GET' || method === 'DELETE' ? undefined : {})
    answers.push([method, path, status, code])
  }
  return answers
}

const refused = async (status: number, code: string) =>
  (await adminRoutes()).map(({ method, path }) => [method, path, status, code])

describe('every admin route', () => {
  test('is found by this test', async () => {
    expect((await adminRoutes()).length).toBeGreaterThan(10)
  })

  test.each([
    ['a user', ['user']],
    ['an analyst', ['user', 'analyst']],
    ['somebody without a role', []],
  ] as const)('is forbidden to %s, whatever the request holds', async (name, roles) => {
    const call = await createCaller(running, name.replaceAll(' ', '-'), 'phone', undefined, roles)
    expect(await answersTo(call)).toEqual(await refused(403, 'forbidden'))
  })

  test('refuses an admin whose account is deactivated', async () => {
    const ada = await createCaller(running, 'ada', 'desk', undefined, ['user', 'admin'])
    expect((await ada('GET', '/admin/audit')).status).toBe(200)
    const root = await createCaller(running, 'root', 'console', undefined, ['user', 'admin'])
    expect((await root('POST', '/admin/users/ada/deactivation')).status).toBe(200)
    expect(await answersTo(ada)).toEqual(await refused(401, 'account_deactivated'))
  })

  test('refuses a request without a token', async () => {
    for (const { method, path } of await adminRoutes())
      expect((await running.api.inject({ method, url: named(path) })).statusCode, `${method} ${path}`).toBe(401)
  })

  test('records nothing in the audit when it refuses', async () => {
    const call = await createCaller(running, 'somebody', 'phone')
    const before = (await running.log.readStream({ stream: 'audit-acts', limit: 100 })).length
    await answersTo(call)
    expect(await running.log.readStream({ stream: 'audit-acts', limit: 100 })).toHaveLength(before)
    expect(await running.accounts.store.acts(10)).toEqual([])
  })
})
