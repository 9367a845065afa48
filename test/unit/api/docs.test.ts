import { Parser } from '@asyncapi/parser'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { clientFrameTypes } from '../../../src/protocol/client-frames.ts'
import { errorKinds } from '../../../src/protocol/errors.ts'
import { type RunningApi, startApi } from '../../support/api-harness.ts'

let running: RunningApi
beforeAll(async () => {
  running = await startApi()
})
afterAll(() => running.close())

const get = (url: string) => running.api.inject({ method: 'GET', url })

interface Operation {
  readonly tags?: readonly string[]
  readonly summary?: string
  readonly responses: Readonly<Record<string, object>>
  readonly parameters?: readonly { readonly name: string; readonly schema: object }[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: { readonly type: string } }>> }
}
interface OpenApi {
  readonly openapi: string
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}
const openApi = async (): Promise<OpenApi> => (await get('/docs/openapi.json')).json()

describe('OpenAPI', () => {
  test('describes every route with a summary, a tag and its problems', async () => {
    const { openapi, paths } = await openApi()
    expect(openapi).toBe('3.1.0')
    const operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ name: `${method} ${path}`, operation })),
    )
    expect(operations.map(({ name }) => name).sort()).toMatchSnapshot()
    for (const { name, operation } of operations) {
      expect(operation.summary, name).toBeTruthy()
      expect(operation.tags, name).toHaveLength(1)
      if (operation.tags?.[0] !== 'operations') expect(Object.keys(operation.responses), name).toContain('401')
    }
  })

  test('shows query numbers as numbers, and bodies as objects', async () => {
    const { paths } = await openApi()
    const limit = paths['/inbox']?.get?.parameters?.find(({ name }) => name === 'limit')
    expect(limit?.schema).toMatchObject({ type: 'integer', minimum: 1, maximum: 200, default: 50 })
    expect(paths['/messages']?.post?.requestBody?.content['application/json']?.schema.type).toBe('object')
  })

  test('names only statuses that an error has', async () => {
    const { paths } = await openApi()
    const known = new Set([200, ...Object.values(errorKinds).map(({ status }) => status)])
    const told = Object.values(paths).flatMap((one) =>
      Object.values(one).flatMap(({ responses }) => Object.keys(responses)),
    )
    expect(told.filter((status) => status !== 'default' && !known.has(Number(status)))).toEqual([])
  })
})

describe('AsyncAPI', () => {
  test('is a valid document and knows every frame that a client may send', async () => {
    const text = (await get('/docs/asyncapi.json')).body
    const { document, diagnostics } = await new Parser().parse(text)
    expect(diagnostics.filter(({ severity }) => severity === 0)).toEqual([])
    const sent = document
      ?.operations()
      .get('fromClient')
      ?.messages()
      .all()
      .map((message) => message.name())
    expect(new Set(sent)).toEqual(clientFrameTypes)
  })
})

describe('the pages', () => {
  test('load their script from here, ask no other host, and allow no script but their own', async () => {
    for (const path of ['/docs', '/docs/ws']) {
      const page = await get(`${path}/`)
      expect(page.statusCode).toBe(200)
      expect(page.headers['content-type']).toContain('text/html')
      expect(page.body).not.toMatch(/(?:src|href)="https?:/)
      expect(page.headers['content-security-policy']).toMatch(/script-src 'self' 'sha256-/)
      expect(page.headers['content-security-policy']).not.toMatch(/unsafe-eval|script-src[^;]*unsafe-inline|https?:/)
      expect((await get(`${path}/js/scalar.js`)).headers['content-type']).toContain('javascript')
      for (const prefix of ['', '/chat']) {
        const at = `http://here${prefix}${path}`
        expect(new URL(String((await get(path)).headers.location), at).href).toBe(`${at}/`)
        const document = /"url": "([^"]+)"/.exec(page.body)?.[1] ?? ''
        expect(new URL(document, `${at}/`).pathname).toMatch(new RegExp(`^${prefix}/docs/(openapi|asyncapi).json$`))
        expect((await get(new URL(document, `http://here${path}/`).pathname)).statusCode).toBe(200)
        expect(page.body).not.toMatch(/(?:src|href)="\//)
      }
    }
  })

  test("offer nothing of their vendor's", async () => {
    for (const path of ['/docs/', '/docs/ws/']) {
      const { body } = await get(path)
      expect(body).toMatch(/"showDeveloperTools": "never"/)
      for (const offer of ['agent', 'mcp']) expect(body).toMatch(new RegExp(`"${offer}": \\{\\s*"disabled": true`))
    }
  })

  test('can be switched off', async () => {
    const without = await startApi({}, { docs: false })
    expect((await without.api.inject('/docs/openapi.json')).statusCode).toBe(404)
    await without.close()
  })
})
