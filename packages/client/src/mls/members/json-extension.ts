import type { GroupInfo } from 'ts-mls'
import type { z } from 'zod'
import { fromUtf8, utf8 } from '../../encoding/bytes.ts'
import { E2eeError } from '../../errors/e2ee-error.ts'

export type Extensions = GroupInfo['extensions']

const parseJson = (bytes: Uint8Array): unknown => {
  try {
    return JSON.parse(fromUtf8(bytes))
  } catch {
    return undefined
  }
}

/**
 * JSON as an extension of a GroupInfo, and so under its signature. `extensionType` is of the range for private use
 * (RFC 9420, 17.3).
 */
export const jsonExtension = (extensionType: number, value: object): Extensions => [
  { extensionType, extensionData: utf8(JSON.stringify(value)) },
]

/** The value of the extension; undefined where there is none. Throws `malformed`, also for a second one. */
export const readJsonExtension = <Form extends z.ZodType>(
  extensions: Extensions,
  extensionType: number,
  form: Form,
): z.output<Form> | undefined => {
  const [found, more] = extensions.filter((one) => one.extensionType === extensionType)
  if (found === undefined) return undefined
  const parsed = form.safeParse(parseJson(found.extensionData))
  if (more !== undefined || !parsed.success) throw new E2eeError('malformed')
  return parsed.data
}
