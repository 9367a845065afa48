import { type ServerFrame, serverFrame } from '@backscroll/protocol/server-frames'

const asObject = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? { ...value } : {}

const parseJson = (data: unknown): unknown => {
  try {
    return typeof data === 'string' ? JSON.parse(data) : undefined
  } catch {
    return undefined
  }
}

/** An error code that this client does not know yet counts as a failure of the server. */
const knownCode = (frame: Readonly<Record<string, unknown>>) =>
  frame.type === 'error' ? serverFrame.safeParse({ ...frame, code: 'internal' }).data : undefined

/** A frame from the server; undefined for one that this client does not know, because the server may be newer. */
export const parseServerFrame = (data: unknown): ServerFrame | undefined => {
  const value = parseJson(data)
  const parsed = serverFrame.safeParse(value)
  return parsed.success ? parsed.data : knownCode(asObject(value))
}
