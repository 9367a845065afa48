import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { layout } from './layout.ts'
import { writeSecret } from './state.ts'

/** Made at random for this checkout; an engine keeps its own for as long as it keeps its data. */
export type Credentials = {
  redisPassword: string
  postgresPassword: string
  mongodbPassword: string
  s3AccessKey: string
  s3SecretKey: string
}

export const generateCredentials = (): Credentials => ({
  redisPassword: randomBytes(24).toString('hex'),
  postgresPassword: randomBytes(24).toString('hex'),
  mongodbPassword: randomBytes(24).toString('hex'),
  s3AccessKey: randomBytes(10).toString('hex'),
  s3SecretKey: randomBytes(24).toString('hex'),
})

export const credentials = (): Credentials => {
  if (existsSync(layout.credentials)) return JSON.parse(readFileSync(layout.credentials, 'utf8'))
  const fresh = generateCredentials()
  writeSecret(layout.credentials, `${JSON.stringify(fresh, null, 2)}\n`)
  return fresh
}
