import { z } from 'zod'
import { milliseconds } from './fields.ts'
import { type StoredEvent, UndecodableEvent } from './undecodable-event.ts'

const fieldsOf = (error: z.ZodError): string =>
  [...new Set(error.issues.map(({ path }) => (path.length === 0 ? 'data' : path.join('.'))))].join(', ')

/** Throws `UndecodableEvent` `invalid`, which names fields but no values. */
export const check = (schema: z.ZodType, value: unknown, event: StoredEvent): void => {
  const { success, error } = schema.safeParse(value)
  if (!success) throw new UndecodableEvent('invalid', event, fieldsOf(error))
}

const base64 = z.string().regex(/^[A-Za-z0-9+/]*={0,2}$/)

/** The columns besides `data`. A body may be null even where one belongs: it was blanked. */
export const columns = (ids: z.ZodType, hasBody: boolean, target: number | undefined) =>
  z.object({
    at: milliseconds,
    userId: ids,
    deviceId: ids,
    body: hasBody ? base64.nullable() : z.null(),
    target: target === undefined ? z.undefined().optional() : z.literal(target),
  })
