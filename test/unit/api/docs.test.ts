import { createHash } from 'node:crypto'
import { Parser } from '@asyncapi/parser'
import { clientFrameTypes } from '@backscroll/protocol/client-frames'
import { errorKinds } from '@backscroll/protocol/errors'
import { serverFrame } from '@backscroll/protocol/server-frames'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { examples } from '../../../src/api/docs/examples.ts'
import { names } from '../../../src/api/docs/schema-names.ts'
import { type RunningApi, startApi } from '../../support/api/harness.ts'

let running: RunningApi
beforeAll(async () => {
  running = await startApi()
})
afterAll(() => running.close())

const get = (url: string) => running.api.inject({ method: 'GET', url })

interface Body {
  readonly content: Readonly<Record<string, { readonly schema: { readonly $ref?: string } }>>
}
interface Operation {
  readonly operationId: string
  readonly tags?: readonly string[]
  readonly summary?: string
  readonly security?: readonly object[]
  readonly responses: Readonly<Record<string, Partial<Body> & { readonly $ref?: string; readonly headers?: object }>>
  readonly parameters?: readonly { readonly name: string; readonly schema: object }[]
  readonly requestBody?: Body
}
interface OpenApi {
  readonly openapi: string
  readonly servers: readonly { readonly url: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: {
    readonly schemas: Readonly<Record<string, { readonly type?: string; readonly examples?: unknown[] }>>
  }
}
const operationsOf = ({ paths }: OpenApi) => Object.values(paths).flatMap((one) => Object.values(one))
const schemaIn = (body: Partial<Body> | undefined) => body?.content?.['application/json']?.schema
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
      const isOpen = operation.security?.length === 0
      expect(Object.keys(operation.responses).includes('401'), name).toBe(!isOpen)
    }
  })

  test('shows query numbers as numbers, and bodies as objects', async () => {
    const { paths, components } = await openApi()
    const limit = paths['/inbox']?.get?.parameters?.find(({ name }) => name === 'limit')
    expect(limit?.schema).toMatchObject({ type: 'integer', minimum: 1, maximum: 200, default: 50 })
    expect(schemaIn(paths['/messages']?.post?.requestBody)).toEqual({ $ref: '#/components/schemas/SendMessage' })
    expect(components.schemas.SendMessage?.type).toBe('object')
  })

  test('names only statuses that an error has', async () => {
    const { paths } = await openApi()
    const known = new Set([200, 201, 204, 206, 304, 307, ...Object.values(errorKinds).map(({ status }) => status)])
    const told = Object.values(paths).flatMap((one) =>
      Object.values(one).flatMap(({ responses }) => Object.keys(responses)),
    )
    expect(told.filter((status) => status !== 'default' && !known.has(Number(status)))).toEqual([])
  })

  test('names every operation, every body and every answer once, and writes each out once', async () => {
    const document = await openApi()
    const operations = operationsOf(document)
    const ids = operations.map(({ operationId }) => operationId)
    expect(ids.every((id) => /^[a-z][A-Za-z]+$/.test(id))).toBe(true)
    expect(new Set(ids).size).toBe(ids.length)
    for (const { operationId, requestBody, responses } of operations) {
      const named = [requestBody, responses[200]].map(schemaIn).filter((schema) => schema !== undefined)
      for (const { $ref } of named) expect($ref, operationId).toMatch(/^#\/components\/schemas\//)
      for (const [status, { $ref, headers }] of Object.entries(responses))
        if (/^[23]/.test(status)) expect(Object.keys(headers ?? {}), operationId).toContain('X-Request-Id')
        else expect($ref, operationId).toMatch(/^#\/components\/responses\//)
    }
    expect(JSON.stringify(document).split('client_seq_gap').length).toBeLessThan(10)
  })

  test('says 405 everywhere, 503 wherever a token is needed, and 413 and 415 where there is a body', async () => {
    for (const { operationId, tags, requestBody, responses } of operationsOf(await openApi())) {
      const told = Object.keys(responses)
      const wanted = [
        ...['405', 'default'],
        ...(tags?.[0] === 'operations' ? [] : ['503']),
        ...(requestBody === undefined ? [] : ['413', '415']),
      ]
      expect(told, operationId).toEqual(expect.arrayContaining(wanted))
    }
    expect(Object.keys((await openApi()).paths['/readyz']?.get?.responses ?? {})).toContain('503')
  })

  test('says that a blob is bytes, and metrics are text', async () => {
    const { paths } = await openApi()
    const blob = paths['/conversations/{conversationId}/blobs/{hash}']?.get?.responses[200]
    expect(Object.keys(blob?.content ?? {})).toEqual(['application/octet-stream'])
    expect(Object.keys(paths['/metrics']?.get?.responses[200]?.content ?? {})).toEqual(['text/plain'])
  })

  test('has an example of every body, and each example is taken by what checks it', async () => {
    const document = await openApi()
    const bodies = operationsOf(document).flatMap(({ requestBody }) => schemaIn(requestBody)?.$ref ?? [])
    for (const reference of bodies) expect(Object.keys(examples), reference).toContain(reference.split('/').at(-1))
    for (const [name, example] of Object.entries(examples)) {
      expect(names[name]?.safeParse(example).error, name).toBeUndefined()
      expect(document.components.schemas[name]?.examples, name).toEqual([JSON.parse(JSON.stringify(example))])
    }
  })

  test('names the server by its public address', async () => {
    expect((await openApi()).servers).toMatchObject([{ url: '/' }])
    const elsewhere = await startApi({ publicUrl: () => 'https://chat.example/x' })
    expect((await elsewhere.api.inject('/docs/openapi.json')).json().servers).toMatchObject([
      { url: 'https://chat.example/x' },
    ])
    expect((await elsewhere.api.inject('/docs/asyncapi.json')).json().servers).toEqual({
      this: { host: 'chat.example', protocol: 'wss', pathname: '/x' },
    })
    await elsewhere.close()
  })
})

describe('AsyncAPI', () => {
  test('is a valid document and knows every frame that a client may send', async () => {
    const text = (await get('/docs/asyncapi.json')).body
    const { document, diagnostics } = await new Parser().parse(text)
    expect(diagnostics.filter(({ severity }) => severity === 0)).toEqual([])
    const received = document?.operations().filterByReceive() ?? []
    const sent = received.flatMap((operation) => operation.messages().all())
    expect(new Set(sent.map((message) => message.name()))).toEqual(clientFrameTypes)
    for (const operation of received) {
      const answers = operation
        .reply()
        ?.messages()
        .all()
        .map((message) => message.name())
      expect(answers, operation.id()).toEqual([`reply_to_${operation.id()}`, 'error'])
    }
  })

  test('has every frame that a server may send', async () => {
    const { components, operations } = (await get('/docs/asyncapi.json')).json()
    const inMessages = Object.values<{ payload: { properties: { type: { const: string } } } }>(components.messages)
    const sent = serverFrame.options.map((frame) => [...(frame._zod.propValues?.type ?? [])][0])
    const told = new Set(inMessages.map(({ payload }) => payload.properties.type.const))
    expect(sent.filter((type) => !told.has(String(type)))).toEqual([])
    const pushed = operations.pushes.messages.map(({ $ref }: { $ref: string }) => $ref.split('/').at(-1))
    const pushes = pushed.map((name: string) => components.messages[name].payload.properties.type.const)
    expect(new Set(pushes)).toEqual(new Set(sent.filter((type) => type !== 'reply')))
  })

  test('refers to the result of each reply, and to events wherever there are some', async () => {
    const { components, servers } = (await get('/docs/asyncapi.json')).json()
    const results = [...clientFrameTypes].map(
      (type) => components.messages[`reply_to_${type}`].payload.properties.result,
    )
    for (const { $ref } of results) expect(components.schemas).toHaveProperty(String($ref).split('/').at(-1) ?? '')
    const page = { $ref: '#/components/schemas/Event' }
    expect(components.messages.events.payload.properties.events.items).toEqual(page)
    expect(components.schemas.SyncPage.properties.events.items).toEqual(page)
    expect(servers.this).toEqual({ host: '127.0.0.1:8080', protocol: 'ws' })
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
      const script = new URL(/src="([^"]+)"/.exec(page.body)?.[1] ?? '', `http://here${path}/`)
      expect(script.pathname).toBe('/docs/js/scalar.js')
      expect((await get(script.pathname)).headers['content-type']).toContain('javascript')
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

describe('the page at /', () => {
  const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'
  const visit = (accept: string) => running.api.inject({ method: 'GET', url: '/', headers: { accept } })

  test('tells a person what this is, and every link on it leads somewhere', async () => {
    const page = await visit(browser)
    expect([page.statusCode, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
    expect(page.body).toContain('This is a Backscroll server')
    const links = [...page.body.matchAll(/href="([^"]+)"/g)].map(([, path]) => String(path))
    expect(links).toEqual(expect.arrayContaining(['docs', 'docs/openapi.json', 'healthz', 'readyz']))
    for (const link of links) expect([200, 302]).toContain((await get(`/${link}`)).statusCode)
  })

  test('allows nothing but its own style, and loads nothing', async () => {
    const { body, headers } = await visit(browser)
    const [, style = ''] = /<style>(.*)<\/style>/.exec(body) ?? []
    const hash = createHash('sha256').update(style).digest('base64')
    expect(headers['content-security-policy']).toBe(
      `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    )
    expect(body).not.toMatch(/<script|<img|<link|src=|https?:|url\(/)
  })

  test('is for browsers: programs are told that there is nothing, as JSON', async () => {
    for (const accept of ['*/*', 'application/json', 'text/html;q=0, application/json']) {
      const answer = await visit(accept)
      expect([answer.statusCode, answer.json().code]).toEqual([404, 'not_found'])
      expect(answer.headers['content-type']).toContain('application/problem+json')
    }
  })

  test('names no documents where they are switched off', async () => {
    const without = await startApi({}, { docs: false })
    const { body } = await without.api.inject({ method: 'GET', url: '/', headers: { accept: browser } })
    expect(body).toContain('healthz')
    expect(body).not.toContain('docs')
    await without.close()
  })
})
