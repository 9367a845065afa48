import { type ClientFrame, clientFrame, clientFrameTypes } from '@backscroll/protocol/client-frames'
import type { ErrorCode, ErrorDetails } from '@backscroll/protocol/errors'
import type { z } from 'zod'
import { invalidField } from '../../edge/invalid-field.ts'

/** A refused frame. `id` only if the frame had a usable one, so that the client can match the answer [T3]. */
export interface Refusal {
  readonly code: ErrorCode
  readonly id: number | undefined
  readonly details: ErrorDetails | undefined
}

export type Parsed =
  | { readonly ok: true; readonly frame: ClientFrame }
  | { readonly ok: false; readonly refusal: Refusal }

const refuse = (code: ErrorCode, id?: number, details?: ErrorDetails): Parsed => ({
  ok: false,
  refusal: { code, id, details },
})

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

type JsonObject = Readonly<Record<string, unknown>>
const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const idOf = (value: JsonObject): number | undefined =>
  typeof value.id === 'number' && Number.isSafeInteger(value.id) && value.id > 0 ? value.id : undefined

const detailsOf = (issue: z.core.$ZodIssue | undefined): ErrorDetails => {
  if (issue === undefined) return {}
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined
  return { ...invalidField({ path: issue.path.map(String), unknown, reason: issue.message }) }
}

/** Any text gives a frame or a refusal; nothing throws. */
export const parseFrame = (text: string): Parsed => {
  const value = jsonOf(text)
  if (!isObject(value)) return refuse('malformed')
  const id = idOf(value)
  if (typeof value.type !== 'string') return refuse('invalid', id, { field: 'type', reason: 'is needed' })
  if (!clientFrameTypes.has(value.type)) return refuse('unknown_type', id)
  const parsed = clientFrame.safeParse(value)
  return parsed.success ? { ok: true, frame: parsed.data } : refuse('invalid', id, detailsOf(parsed.error.issues[0]))
}

/** The id of a frame that is refused unread, if it has one. */
export const frameId = (text: string): number | undefined => {
  const value = jsonOf(text)
  return isObject(value) ? idOf(value) : undefined
}
