import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { loadConfig } from '../../../src/config/config.ts'
import { ConfigError } from '../../../src/config/config-problems.ts'
import { settings } from '../../../src/config/config-settings.ts'

const problemsOf = (env: Record<string, string>): readonly string[] => {
  try {
    loadConfig(env)
    return []
  } catch (error) {
    return error instanceof ConfigError ? error.problems : ['not a ConfigError']
  }
}

test('nothing needs to be set, and the default listens on this machine only', () => {
  const config = loadConfig({ HOME: '/root', PATH: '/bin' })
  expect(config).toMatchObject({ host: '127.0.0.1', port: 8080, dataDirectory: './data', api: { corsOrigins: [] } })
  expect(config.tokens).toMatchObject({ jwksFile: undefined, jwksUrl: undefined })
})

test('an empty variable counts as not set', () => {
  expect(loadConfig({ BACKSCROLL_PORT: '', BACKSCROLL_JWKS_URL: '' }).port).toBe(8080)
})

test('every mistake is named at once, and no value is', () => {
  const problems = problemsOf({
    BACKSCROLL_PROT: 'secret-1',
    BACKSCROLL_PORT: 'secret-2',
    BACKSCROLL_LOG_LEVEL: 'secret-3',
    BACKSCROLL_CORS_ORIGINS: 'secret-4',
    BACKSCROLL_JWKS_URL: 'ftp://secret-5',
  })
  const names = ['PROT', 'PORT', 'LOG_LEVEL', 'CORS_ORIGINS', 'JWKS_URL']
  expect(problems.map((problem) => problem.split(':')[0])).toEqual(names.map((name) => `BACKSCROLL_${name}`))
  expect(problems.join()).not.toContain('secret')
})

test('keys come from one place only', () => {
  const both = { BACKSCROLL_JWKS_FILE: 'keys.json', BACKSCROLL_JWKS_URL: 'https://id.example/jwks' }
  expect(problemsOf(both)).toEqual(['BACKSCROLL_JWKS_FILE, BACKSCROLL_JWKS_URL: only one of them can be set'])
})

test('numbers are plain digits within their bounds', () => {
  for (const value of ['65536', '-1', '1e3', '0x1f', ' 80', '80.5', 'Infinity', '99999999999999999999'])
    expect(problemsOf({ BACKSCROLL_PORT: value })).toHaveLength(1)
  expect(loadConfig({ BACKSCROLL_PORT: '0' }).port).toBe(0)
})

test('origins are whole origins', () => {
  const parsed = loadConfig({ BACKSCROLL_CORS_ORIGINS: 'https://a.example,http://localhost:5173' })
  expect(parsed.api.corsOrigins).toEqual(['https://a.example', 'http://localhost:5173'])
  for (const value of ['*', 'https://a.example/', 'https://a.example/path', 'a.example', 'null'])
    expect(problemsOf({ BACKSCROLL_CORS_ORIGINS: value })).toHaveLength(1)
})

test('an origin with a slash at its end is told that the slash is wrong', () => {
  expect(problemsOf({ BACKSCROLL_CORS_ORIGINS: 'https://a.example,https://b.example/' })).toEqual([
    'BACKSCROLL_CORS_ORIGINS: must be origins without a slash at the end, such as https://chat.example.org',
  ])
})

describe('docs/configuration.md', () => {
  const documented = async () => {
    const text = await readFile(new URL('../../../docs/configuration.md', import.meta.url), 'utf8')
    return [...text.matchAll(/^\| `(BACKSCROLL_\w+)` \| (?:`([^`]*)`)? ?\|/gm)].map(([, name, value]) => [
      name,
      value ?? '',
    ])
  }

  test('documents every setting, in the order of the schema, and no other', async () => {
    expect((await documented()).map(([name]) => name)).toEqual(Object.keys(settings.shape))
  })

  test('tells the true defaults', async () => {
    const defaults = Object.entries(settings.parse({})).map(([name, value]) => [name, String(value)])
    const told = (await documented()).filter(([, value]) => value !== '')
    expect(told).toEqual(defaults.filter(([, value]) => value !== ''))
  })
})

describe('the cluster profile', () => {
  const engines = {
    BACKSCROLL_KURRENTDB_URL: 'esdb://127.0.0.1:2113?tls=false',
    BACKSCROLL_KAFKA_BROKERS: 'kafka-1:9092,kafka-2:9092',
    BACKSCROLL_MONGODB_URL: 'mongodb://one,two:27017/backscroll',
    BACKSCROLL_REDIS_URL: 'redis://127.0.0.1:6379',
    BACKSCROLL_POSTGRES_URL: 'postgres://127.0.0.1/backscroll',
    BACKSCROLL_S3_URL: 'http://key:secret@127.0.0.1:9000/backscroll',
  }

  test('needs the address of every engine, and names each that is missing', () => {
    expect(loadConfig({ BACKSCROLL_PROFILE: 'cluster', ...engines }).cluster?.engines.brokers).toHaveLength(2)
    for (const missing of Object.keys(engines))
      expect(problemsOf({ BACKSCROLL_PROFILE: 'cluster', ...engines, [missing]: '' })).toEqual([
        `${missing}: the cluster profile needs it`,
      ])
    expect(loadConfig(engines).cluster).toBeUndefined()
  })

  test('a process has the roles that it is given, and all without', () => {
    const rolesOf = (value: string) =>
      loadConfig({ BACKSCROLL_PROFILE: 'cluster', ...engines, BACKSCROLL_ROLES: value }).cluster?.roles
    expect([...(rolesOf('gateway,api') ?? [])]).toEqual(['gateway', 'api'])
    expect(rolesOf('')?.size).toBe(6)
    expect(problemsOf({ BACKSCROLL_ROLES: 'gateway,cook' })).toHaveLength(1)
  })

  test('an address of another kind is refused', () => {
    for (const name of Object.keys(engines).filter((each) => !each.includes('KAFKA')))
      expect(problemsOf({ [name]: 'ftp://host/' })).toHaveLength(1)
    expect(problemsOf({ BACKSCROLL_KAFKA_BROKERS: 'http://kafka' })).toHaveLength(1)
  })
})

test("a cluster's name has no dot, with which the names of its streams begin", () => {
  const message = 'BACKSCROLL_CLUSTER: must be 1 to 32 lower-case letters, digits and hyphens'
  for (const name of ['a.b', 'A', 'a_b', '-a', 'a/b', 'a'.repeat(33)])
    expect(problemsOf({ BACKSCROLL_CLUSTER: name })).toEqual([message])
  expect(problemsOf({ BACKSCROLL_CLUSTER: 'a-1' })).toEqual([])
})

test('Kafka is let in by halves: each one is named', () => {
  expect(problemsOf({ BACKSCROLL_KAFKA_USER: 'ann' })).toEqual([
    'BACKSCROLL_KAFKA_USER, BACKSCROLL_KAFKA_PASSWORD: each needs the other',
  ])
  expect(problemsOf({ BACKSCROLL_KAFKA_TLS_CA_FILE: 'ca.pem' })).toEqual([
    'BACKSCROLL_KAFKA_TLS_CA_FILE: it needs BACKSCROLL_KAFKA_TLS=on',
  ])
  const plain = { BACKSCROLL_KAFKA_USER: 'ann', BACKSCROLL_KAFKA_PASSWORD: 'p', BACKSCROLL_KAFKA_SASL: 'plain' }
  expect(problemsOf(plain)).toEqual([
    expect.stringMatching(/^BACKSCROLL_KAFKA_SASL: plain .* needs BACKSCROLL_KAFKA_TLS=on$/),
  ])
  expect(problemsOf({ ...plain, BACKSCROLL_KAFKA_TLS: 'on' })).toEqual([])
})
