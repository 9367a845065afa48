import { z } from 'zod'
import { fromBase64, toBase64 } from '../../encoding/base64.ts'
import { fromUtf8, utf8 } from '../../encoding/bytes.ts'
import { E2eeError } from '../../errors/e2ee-error.ts'
import type { StateParts } from './part-decoder.ts'
import type { Pending } from './pending-commit.ts'
import { decodeState, encodeState } from './state-parts.ts'

const member = z.object({ leaf: z.int(), userId: z.string(), deviceId: z.string(), identityKey: z.string() })

const facts = z.object({
  baseEpoch: z.int(),
  commit: z.base64(),
  welcome: z.base64().optional(),
  groupInfo: z.base64(),
  added: z.array(member),
  removed: z.array(member),
})

const prefix = 'next/'

/** A pending commit as parts, like a state's: it must survive a restart between the request and the answer. */
export const encodePending = (pending: Pending): StateParts => {
  const { baseEpoch, commit, welcome, groupInfo, added, removed, next } = pending
  const json: z.input<typeof facts> = {
    baseEpoch,
    commit: toBase64(commit),
    ...(welcome && { welcome: toBase64(welcome) }),
    groupInfo: toBase64(groupInfo),
    added: [...added],
    removed: [...removed],
  }
  const parts = new Map<string, Uint8Array>([['pending', utf8(JSON.stringify(json))]])
  for (const [name, bytes] of encodeState(next)) if (bytes !== undefined) parts.set(`${prefix}${name}`, bytes)
  return parts
}

/** Throws `malformed`. */
export const decodePending = (parts: StateParts): Pending => {
  const bytes = parts.get('pending')
  if (bytes === undefined) throw new E2eeError('malformed', { part: 'pending' })
  const { commit, welcome, groupInfo, ...rest } = facts.parse(JSON.parse(fromUtf8(bytes)))
  const next = new Map<string, Uint8Array>()
  for (const [name, part] of parts) if (name.startsWith(prefix)) next.set(name.slice(prefix.length), part)
  return {
    ...rest,
    commit: fromBase64(commit),
    welcome: welcome === undefined ? undefined : fromBase64(welcome),
    groupInfo: fromBase64(groupInfo),
    next: decodeState(next),
  }
}
