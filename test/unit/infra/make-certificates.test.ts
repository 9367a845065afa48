import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, createServer } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root } from './compose-file.ts'

const password = 'f0f1f2f3f4f5'
const hasKeytool = spawnSync('keytool', ['-help']).status === 0

describe.skipIf(!hasKeytool)(
  hasKeytool ? 'infra/tls/make-certificates.sh' : 'No keytool here (it comes with Java): skipped',
  () => {
    let directory: string
    const servers = () => join(directory, 'tls')
    const ca = () => join(directory, 'ca')
    const make = () =>
      spawnSync('sh', [join(root, 'infra/tls/make-certificates.sh'), servers(), ca()], {
        encoding: 'utf8',
        env: { PATH: process.env.PATH, TLS_PASSWORD: password },
      })

    beforeAll(() => {
      directory = mkdtempSync(join(tmpdir(), 'backscroll-tls-'))
      mkdirSync(servers())
      mkdirSync(ca())
      expect(make()).toMatchObject({ status: 0 })
    }, 60_000)
    afterAll(() => rmSync(directory, { recursive: true }))

    it('shows everybody the certificate of the authority alone', () => {
      expect(readdirSync(ca())).toEqual(['ca.crt'])
      expect(readFileSync(join(ca(), 'ca.crt'), 'utf8')).not.toContain('PRIVATE')
      expect(readdirSync(servers()).sort()).toEqual(['kafka.p12', 'kurrentdb.p12'])
    })

    it.each(['kurrentdb', 'kafka'])('lets %s be known by its name to who has that certificate', async (name) => {
      const pfx = readFileSync(join(servers(), `${name}.p12`))
      const server = createServer({ pfx, passphrase: password }, (socket) => socket.end()).listen(0, '127.0.0.1')
      await once(server, 'listening')
      const address = server.address()
      const port = typeof address === 'object' ? (address?.port ?? 0) : 0
      const reach = async (servername: string, trusted: Buffer | undefined): Promise<boolean> => {
        const socket = connect({ host: '127.0.0.1', port, servername, ...(trusted && { ca: trusted }) })
        const known = await new Promise<boolean>((resolve) => {
          socket.once('secureConnect', () => resolve(socket.authorized))
          socket.once('error', () => resolve(false))
        })
        socket.destroy()
        return known
      }
      const authority = readFileSync(join(ca(), 'ca.crt'))
      expect(await reach(name, authority)).toBe(true)
      expect(await reach('localhost', authority)).toBe(true)
      expect(await reach('another', authority)).toBe(false)
      expect(await reach(name, undefined)).toBe(false)
      server.close()
    })

    it('leaves what is there as it is', () => {
      const before = readFileSync(join(servers(), 'kafka.p12'))
      expect(make()).toMatchObject({ status: 0, stdout: '', stderr: '' })
      expect(readFileSync(join(servers(), 'kafka.p12'))).toEqual(before)
    })
  },
)
