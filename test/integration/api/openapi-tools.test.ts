import { createClient as generate } from '@hey-api/openapi-ts'
import openapiTypes, { astToString } from 'openapi-typescript'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openProject, redocly } from '../../support/api/generated-client.ts'
import { type ClientWorld, openClientWorld } from '../../support/client/client-world.ts'

/** Each reads what is there, makes what is not, is refused, and sees in the types what came. */
const withOpenApiFetch = `
import createClient from 'openapi-fetch'
import type { paths } from './schema.ts'

const { URL: baseUrl = '', TOKEN } = process.env
const client = createClient<paths>({ baseUrl, headers: { authorization: \`Bearer \${TOKEN}\` } })
const made = await client.POST('/accounts', { body: { login: 'ada@example.org', password: 'correct horse battery' } })
const again = await client.POST('/accounts', { body: { login: 'ada@example.org', password: 'correct horse battery' } })
const me = await client.GET('/me')
const roles: readonly ('user' | 'analyst' | 'admin')[] = me.data?.roles ?? []
const inbox = await client.GET('/inbox', { params: { query: { limit: 3 } } })
const names: readonly (string | null)[] = inbox.data?.items.map((item) => item.conversation.name) ?? []
// @ts-expect-error: a name is text
await client.PATCH('/me', { body: { displayName: 7 } })
const code: 'account_exists' | undefined = again.error?.code === 'account_exists' ? again.error.code : undefined
console.log(JSON.stringify({ made: made.data?.userId, code, me: me.data?.userId, roles, names, left: me.response.headers.get('ratelimit-remaining') }))
`
const withHeyApi = `
import { client } from './generated/client.gen.ts'
import { getMe, listInbox, registerAccount, type Problem } from './generated/index.ts'

const { URL: baseUrl = '', TOKEN } = process.env
client.setConfig({ baseUrl, headers: { authorization: \`Bearer \${TOKEN}\` } })
const body = { login: 'bea@example.org', password: 'correct horse battery' }
const made = await registerAccount({ body })
const again = await registerAccount({ body })
const me = await getMe()
const roles: readonly ('user' | 'analyst' | 'admin')[] = me.data?.roles ?? []
const inbox = await listInbox({ query: { limit: 3 } })
const names: readonly (string | null)[] = inbox.data?.items.map((item) => item.conversation.name) ?? []
// @ts-expect-error: a password is text
const wrong = { ...body, password: 7 } satisfies typeof body
const problem: Problem | undefined = again.error
console.log(JSON.stringify({ made: made.data?.userId, code: problem?.code, me: me.data?.userId, roles, names, left: me.response?.headers.get('ratelimit-remaining') }))
`

describe('the OpenAPI document, as the tools of others read it', () => {
  let world: ClientWorld
  let project: Awaited<ReturnType<typeof openProject>>
  let document: string
  beforeAll(async () => {
    world = await openClientWorld()
    document = await (await fetch(`${world.url()}/docs/openapi.json`)).text()
    project = await openProject()
    await project.write('openapi.json', document)
  })
  afterAll(async () => {
    await world.close()
    await project.remove()
  })

  const answers = async (program: string) =>
    project.run(program, { URL: world.url(), TOKEN: await world.token('alice', 'phone') })
  const right = {
    ...{ made: expect.stringMatching(/^[0-9a-f-]{36}$/), code: 'account_exists', me: 'alice' },
    ...{ roles: ['user'], names: [], left: expect.stringMatching(/^\d+$/) },
  }

  it('has nothing that redocly lint would say anything about', async () => {
    const { stdout } = await redocly(project.path('openapi.json'))
    expect(JSON.parse(stdout)).toMatchObject({ totals: { errors: 0, warnings: 0, ignored: 0 }, problems: [] })
  })

  it('makes types, with openapi-typescript, by which openapi-fetch asks a server', async () => {
    await project.write('schema.ts', astToString(await openapiTypes(document)))
    await project.write('fetch.ts', withOpenApiFetch)
    expect(await project.problems()).toEqual([])
    expect(await answers('fetch.ts')).toEqual(right)
  }, 240_000)

  it('makes a client, with openapi-ts, that asks a server', async () => {
    await generate({
      input: project.path('openapi.json'),
      output: { path: project.path('generated'), module: { extension: '.ts' } },
      plugins: ['@hey-api/typescript', '@hey-api/sdk', '@hey-api/client-fetch'],
      logs: { level: 'silent' },
    })
    await project.write('sdk.ts', withHeyApi)
    expect(await project.problems()).toEqual([])
    expect(await answers('sdk.ts')).toEqual(right)
  }, 240_000)
})
