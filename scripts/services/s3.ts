import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from 'minio'
import { credentials } from './credentials.ts'
import type { NativeEngine } from './engine.ts'
import { buildModule } from './golang.ts'
import { exists, layout } from './layout.ts'
import { findTool } from './tools.ts'
import { nativeVersions } from './versions.ts'

const { minio: version, minioSys } = nativeVersions
const day = version.split('-')[1]?.slice(0, 8) ?? ''

const program = (): string => join(layout.builds, `minio-${day}`)
const data = (): string => join(layout.data, 's3')

export const s3: NativeEngine = {
  name: 's3',
  needs: [],
  missing: () => {
    if (findTool('go') === undefined && !exists(program())) return 'go is not on this machine (it builds MinIO)'
    return undefined
  },
  prepare: async (_port, progress) => {
    await buildModule({
      module: 'github.com/minio/minio',
      version,
      package: '.',
      output: program(),
      progress,
      prepare: (_source, go) => go('get', `golang.org/x/sys@${minioSys}`),
    })
    mkdirSync(join(data(), 'drive'), { recursive: true })
    mkdirSync(join(data(), 'certs'), { recursive: true })
  },
  daemon: (port) => ({
    command: program(),
    args: ['server', '--quiet', '--certs-dir', join(data(), 'certs'), '--address', `127.0.0.1:${port}`, join(data(), 'drive')],
    env: {
      MINIO_ROOT_USER: credentials().s3AccessKey,
      MINIO_ROOT_PASSWORD: credentials().s3SecretKey,
      MINIO_BROWSER: 'off',
      MINIO_UPDATE: 'off',
    },
  }),
  url: (port) => `http://${credentials().s3AccessKey}:${credentials().s3SecretKey}@127.0.0.1:${port}`,
  probe: async (url) => {
    const { hostname, port, username, password } = new URL(url)
    const address = { endPoint: hostname, port: Number(port), useSSL: false, region: 'us-east-1' }
    await new Client({ ...address, accessKey: username, secretKey: password }).listBuckets()
    return `MinIO ${day}`
  },
  data,
}
