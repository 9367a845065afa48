import { OperatorError } from '../../ports/errors/operator-error.ts'

export interface S3Address {
  readonly host: string
  readonly port: number
  readonly secure: boolean
  readonly accessKey: string
  readonly secretKey: string
  readonly bucket: string
  /** Undefined: the server is asked. */
  readonly region: string | undefined
}

const form = 'https://key:secret@host:9000/bucket?region=name'

const parsed = (url: string): S3Address | undefined => {
  try {
    const { protocol, hostname, port, username, password, pathname, searchParams } = new URL(url)
    const secure = protocol === 'https:'
    if ((!secure && protocol !== 'http:') || hostname === '') return undefined
    return {
      host: hostname,
      port: port === '' ? (secure ? 443 : 80) : Number(port),
      secure,
      accessKey: decodeURIComponent(username),
      secretKey: decodeURIComponent(password),
      bucket: pathname.replaceAll('/', '') || 'backscroll',
      region: searchParams.get('region') ?? undefined,
    }
  } catch {
    return undefined
  }
}

/** Reads BACKSCROLL_S3_URL; bucket and region may be left out. Throws an `OperatorError` that repeats nothing of it. */
export const parseS3Url = (url: string): S3Address => {
  const address = parsed(url)
  if (address === undefined) throw new OperatorError(`BACKSCROLL_S3_URL is no address, as ${form} is`)
  if (address.accessKey === '' || address.secretKey === '')
    throw new OperatorError(`BACKSCROLL_S3_URL names no key and secret, as ${form} does`)
  return address
}
