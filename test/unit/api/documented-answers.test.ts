import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type AnswerCheck, createAnswerCheck } from '../../support/api/documented-answers.ts'
import { type RunningApi, startApi } from '../../support/api/harness.ts'

// biome-ignore lint/suspicious/noExplicitAny: the document is taken apart.
let document: any
let running: RunningApi
let check: AnswerCheck

beforeAll(async () => {
  running = await startApi()
  document = (await running.api.inject('/docs/openapi.json')).json()
  check = createAnswerCheck(document)
})
afterAll(() => running.close())

const given = { method: 'GET', path: '/consent', status: 200, type: 'application/json' }
const settings = { direct: 'known', groups: 'nobody' }
const problem = {
  ...{ type: 'urn:backscroll:error:forbidden', title: 'No', status: 403, code: 'forbidden', detail: 'No' },
  ...{ temporary: false, requestId: 'r' },
}

/** The document after a change, which is made in a copy. */
// biome-ignore lint/suspicious/noExplicitAny: the document is taken apart.
const checkAfter = (change: (copy: any) => void): AnswerCheck => {
  const copy = structuredClone(document)
  change(copy)
  return createAnswerCheck(copy)
}

describe('An answer that is given', () => {
  test('is found in the document with its status, its type and its body', () => {
    expect(check({ ...given, body: settings })).toBeUndefined()
    const refused = { ...given, path: '/admin/views', status: 403, type: 'application/problem+json' }
    expect(check({ ...refused, body: problem })).toBeUndefined()
    expect(check({ ...refused, path: '/consent', status: 413, body: problem })).toBeUndefined()
  })

  test('is not found where the document leaves out its route, its status or its type', () => {
    expect(check({ ...given, path: '/nowhere', body: settings })).toMatch(/route/)
    expect(check({ ...given, status: 201, body: settings })).toMatch(/status/)
    expect(check({ ...given, status: 409, type: 'application/problem+json', body: problem })).toMatch(/status/)
    expect(check({ ...given, type: 'text/plain', body: undefined })).toMatch(/type/)
    expect(check({ ...given, type: undefined, body: undefined })).toMatch(/no body/)
    const without = checkAfter((copy) => delete copy.paths['/admin/views'].get.responses['403'])
    const refused = { ...given, path: '/admin/views', status: 403, type: 'application/problem+json', body: problem }
    expect(without(refused)).toMatch(/status/)
  })

  test('is not found where the document lacks one of its fields, or names one that it lacks', () => {
    expect(check({ ...given, body: { ...settings, more: 1 } })).toMatch(/more/)
    expect(check({ ...given, body: { direct: 'known' } })).toMatch(/groups/)
    expect(check({ ...given, body: { ...settings, direct: 'perhaps' } })).toMatch(/direct/)
    const without = checkAfter((copy) => delete copy.components.schemas.ConsentSettings.properties.groups)
    expect(without({ ...given, body: settings })).toMatch(/groups/)
  })
})

const at = (path: string): string => new URL(path, import.meta.url).href

/** A server whose first route answers with a field, and whose second with a status, that it does not describe. */
const program = `
  import fastify from 'fastify'
  import { z } from 'zod'
  import { describeApi } from '${at('../../../src/api/docs/openapi/describe-api.ts')}'
  const app = fastify()
  app.setSerializerCompiler(() => JSON.stringify)
  await describeApi(app, '1')
  const schema = (operationId) => ({ tags: ['me'], operationId, summary: 'x', response: { 200: z.object({ a: z.int() }) } })
  app.get('/right/:id', { schema: schema('right') }, async () => ({ a: 1 }))
  app.get('/field', { schema: schema('field') }, async () => ({ a: 1, b: 2 }))
  app.get('/status', { schema: schema('status') }, async (request, reply) => reply.code(409).send({ a: 1 }))
  for (const path of ['/right/1', '/field', '/status']) await app.inject(path)
`

test('a server that is watched tells which of its real answers its own document does not have', async () => {
  const watch = at('../../support/api/watch-answers-of-process.ts')
  const options = ['--no-warnings', '--import', watch, '--input-type=module', '-e', program]
  const { stderr } = await promisify(execFile)(process.execPath, options)
  expect(stderr.trim().split('\n')).toEqual([
    expect.stringMatching(/^undocumented-answer GET \/field 200: its body .*"b"/),
    expect.stringMatching(/^undocumented-answer GET \/status 409: the status/),
  ])
})
