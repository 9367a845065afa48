import { InvalidBucketNameError, S3Error } from 'minio'
import { OperatorError } from '../../ports/errors/operator-error.ts'
import { UnavailableError } from '../../ports/errors/unavailable-error.ts'
import type { S3Address } from './s3-address.ts'

const refusals: Readonly<Record<string, string>> = {
  AccessDenied: 'the server refuses the key, or keeps it from the bucket',
  InvalidAccessKeyId: 'the server does not know the key',
  SignatureDoesNotMatch: 'the server refuses the secret',
  RequestTimeTooSkewed: "this machine's clock is not the server's",
  BucketAlreadyExists: "the bucket is somebody else's: name another",
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''

const reasonOf = (cause: unknown, { host, port, bucket }: S3Address): string => {
  if (cause instanceof InvalidBucketNameError) return `no bucket can be called ${bucket}`
  const code = codeOf(cause)
  if (cause instanceof S3Error) return refusals[code] ?? `the server refuses the bucket (${code})`
  return `no S3 server answers at ${host}:${port}${code === '' ? '' : ` (${code})`}`
}

/** At the start: one line for the operator. */
export const refused = (cause: unknown, address: S3Address): OperatorError =>
  new OperatorError(`BACKSCROLL_S3_URL: ${reasonOf(cause, address)}`, { cause })

/** Later: the server may do it when it is asked again. */
export const answering = async <Result>(work: () => Promise<Result>): Promise<Result> => {
  try {
    return await work()
  } catch (cause) {
    throw new UnavailableError('The blob store does not answer', { cause })
  }
}
