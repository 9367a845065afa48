import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { settings } from '../../../src/config/config-settings.ts'
import { readCompose, readProject, root, variablesIn } from './compose-file.ts'

const text = readProject('docker-compose.yml')
const example = readProject('.env.example')
const variables = variablesIn(text)
const isSecret = (name: string) => /PASSWORD|SECRET|_AUTH$/.test(name)

/** NAME -> the comment above it, whether it is set or only shown. */
const explained = new Map(
  [...example.matchAll(/^# (?!\w+=)(.+)\n(?:# )?(\w+)=/gm)].map(([, comment = '', name = '']) => [name, comment]),
)

describe('the variables of docker-compose.yml', () => {
  it('are those of .env.example, where each is explained', () => {
    expect([...new Set(variables.map(({ name }) => name))].sort()).toEqual([...explained.keys()].sort())
  })

  it('are settings of the server where they begin like those', () => {
    const written = [...`${text}${example}`.matchAll(/\b(BACKSCROLL_\w+)/g)].map(([, name = '']) => name)
    expect(written.length).toBeGreaterThan(0)
    for (const name of written) expect(settings.shape).toHaveProperty(name)
  })

  it('have no default where they are secrets, and say how to make one', () => {
    const secrets = variables.filter(({ name }) => isSecret(name))
    expect(secrets.length).toBeGreaterThan(0)
    for (const { operator, rest } of secrets)
      expect([operator, rest]).toEqual(['?', 'make .env with sh infra/make-env.sh'])
    for (const [, value] of example.matchAll(/^\w+=(.*)$/gm)) expect(value).toBe('')
  })
})

describe('the services of docker-compose.yml', () => {
  const environments = Object.values(readCompose().services).flatMap(({ environment }) =>
    Object.entries(environment).map(([name, value]) => ({ name, value: String(value) })),
  )

  it('are given their secrets from outside', () => {
    const secrets = environments.filter(({ name }) => isSecret(name))
    expect(secrets.length).toBeGreaterThan(0)
    expect(secrets.filter(({ value }) => !/^\$\{\w+:\?[^}]+\}$/.test(value))).toEqual([])
  })

  it('are given the passwords in their addresses from outside', () => {
    const addresses = environments.filter(({ value }) => /^\w+:\/\/[^@]*@/.test(value))
    expect(addresses.length).toBeGreaterThan(0)
    expect(addresses.filter(({ value }) => !/^\w+:\/\/(backscroll)?:\$\{\w+:\?[^}]+\}@/.test(value))).toEqual([])
  })
})

describe('infra/make-env.sh', () => {
  let directory: string
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'backscroll-env-'))
    mkdirSync(join(directory, 'infra'))
    for (const name of ['.env.example', 'infra/make-env.sh', 'docker-compose.yml'])
      cpSync(join(root, name), join(directory, name))
  })
  afterEach(() => rmSync(directory, { recursive: true }))

  const make = () => spawnSync('sh', [join(directory, 'infra', 'make-env.sh')], { encoding: 'utf8' })
  const made = () => readFileSync(join(directory, '.env'), 'utf8')

  it('makes .env, readable by its owner alone, with a password of its own for each secret', () => {
    expect(make().status).toBe(0)
    expect(statSync(join(directory, '.env')).mode & 0o777).toBe(0o600)
    const values = [...made().matchAll(/^(\w+)=(.*)$/gm)]
    expect(values.map(([, name]) => name)).toEqual([...example.matchAll(/^(\w+)=$/gm)].map(([, name]) => name))
    for (const [, , value] of values) expect(value).toMatch(/^[0-9a-f]{48}$/)
    expect(new Set(values.map(([, , value]) => value)).size).toBe(values.length)
  })

  it('leaves an .env that is there as it is', () => {
    make()
    const before = made()
    expect(make().status).toBe(1)
    expect(made()).toBe(before)
  })

  const compose = (...args: readonly string[]) =>
    spawnSync('docker', ['compose', ...args], {
      cwd: directory,
      encoding: 'utf8',
      env: { PATH: process.env.PATH, HOME: process.env.HOME },
    })

  it.skipIf(compose('version').status !== 0)(
    'makes one that Compose takes, and refuses to do without (needs docker compose)',
    () => {
      const without = compose('config', '--quiet')
      expect(without.status).not.toBe(0)
      expect(without.stderr).toContain('make .env with sh infra/make-env.sh')
      make()
      expect(compose('config', '--quiet')).toMatchObject({ status: 0, stderr: '' })
      const names = execFileSync('docker', ['compose', 'config', '--services'], { cwd: directory, encoding: 'utf8' })
      expect(names.trim().split('\n').sort()).toEqual(Object.keys(readCompose().services).sort())
    },
  )
})
