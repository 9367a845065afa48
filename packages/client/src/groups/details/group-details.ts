import { z } from 'zod'
import { keyIdOf, openText, type TextField, type TextPlace, textKeyId } from '../../crypto/sealed-text.ts'
import { fromBase64 } from '../../encoding/base64.ts'
import type { StoreChange } from '../../stores/client-store.ts'

const told = z.object({ sealed: z.string().nullable(), revision: z.int() })
const record = z.object({
  keys: z.array(z.string()),
  name: told.optional(),
  description: told.optional(),
  owed: z.object({ revision: z.int(), by: z.string() }).optional(),
})

/**
 * What a device knows of one group's name and description: the keys, base64, the newest last; and what the server
 * states, as of a revision.
 */
type Details = z.output<typeof record>

/** Names as they can be read here; null where there is none or its key is missing. */
export interface Texts {
  readonly name: string | null
  readonly description: string | null
}

/** Names and descriptions of groups. All changes go to `store`, to be written with the event that they came with. */
export interface DetailsBook {
  keep(conversationId: string, keys: readonly string[]): void
  /** An event, or a query, stated this as of a revision; older statements change nothing. */
  note(conversationId: string, field: TextField, sealed: string | null, revision: number): void
  /** The same, whatever was known before: the server's log may be another one. */
  reset(conversationId: string, texts: Texts, revision: number): void
  /** It may have changed unseen. The keys are kept. */
  forgetTexts(conversationId: string): void
  forget(conversationId: string): void
  /** Both texts are known, whether or not they can be read. */
  isKnown(conversationId: string): boolean
  keys(conversationId: string): readonly string[]
  /** These keys open everything that this device can open. */
  suffice(conversationId: string, keys: readonly string[]): boolean
  open(place: TextPlace, sealed: string | null): Promise<string | null>
  read(conversationId: string): Promise<Texts>
  /** A commit of `by` added devices at a revision: somebody has to give them the keys. */
  owe(conversationId: string, revision: number, by: string): void
  paid(conversationId: string): void
  owed(conversationId: string): Details['owed']
  all(): Iterable<string>
}

/** Keys beyond those in use: of changes that are on their way, or of texts that this device does not know yet. */
const spare = { known: 4, unknown: 16 }
const fields = ['name', 'description'] as const
const nothing: Details = { keys: [] }

/** Another client may have put something else than text there: what is none is shown as its replacement character. */
const shown = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

const idOf = (key: string): string => textKeyId(fromBase64(key))
const inUse = (details: Details): ReadonlySet<string> =>
  new Set(fields.flatMap((field) => keyIdOf(details[field]?.sealed ?? '') ?? []))

const isComplete = (details: Details): boolean => fields.every((field) => details[field] !== undefined)

const pruned = (details: Details): Details => {
  const used = inUse(details)
  const others = details.keys.filter((key) => !used.has(idOf(key)))
  const kept = new Set(others.slice(isComplete(details) ? -spare.known : -spare.unknown))
  return { ...details, keys: details.keys.filter((key) => used.has(idOf(key)) || kept.has(key)) }
}

export const loadDetails = (
  stored: ReadonlyMap<string, unknown>,
  store: (changes: readonly StoreChange[]) => void,
): DetailsBook => {
  const all = new Map<string, Details>()
  for (const [key, value] of stored) if (key.startsWith('details/')) all.set(key.slice(8), record.parse(value))

  const of = (id: string): Details => all.get(id) ?? nothing
  const put = (id: string, next: Details) => {
    all.set(id, pruned(next))
    store([{ key: `details/${id}`, value: all.get(id) }])
  }
  const open: DetailsBook['open'] = async (place, sealed) => {
    const id = keyIdOf(sealed ?? '')
    const key = of(place.conversationId).keys.find((one) => idOf(one) === id)
    if (sealed === null || key === undefined) return null
    return openText(fromBase64(key), place, sealed).then(shown, () => null)
  }
  const read = async (conversationId: string): Promise<Texts> => {
    const { name, description } = of(conversationId)
    return {
      name: await open({ conversationId, field: 'name' }, name?.sealed ?? null),
      description: await open({ conversationId, field: 'description' }, description?.sealed ?? null),
    }
  }

  return {
    keep: (id, keys) => {
      const fresh = keys.filter((key) => !of(id).keys.includes(key))
      if (fresh.length > 0) put(id, { ...of(id), keys: [...of(id).keys, ...fresh] })
    },
    note: (id, field, sealed, revision) => {
      if (revision > (of(id)[field]?.revision ?? -1)) put(id, { ...of(id), [field]: { sealed, revision } })
    },
    reset: (id, { name, description }, revision) => {
      const texts = { name: { sealed: name, revision }, description: { sealed: description, revision } }
      if (all.has(id) || (name ?? description) !== null) put(id, { ...of(id), ...texts })
    },
    forgetTexts: (id) => {
      const { keys } = of(id)
      if (all.has(id)) put(id, { keys })
    },
    forget: (id) => {
      if (all.delete(id)) store([{ key: `details/${id}`, value: undefined }])
    },
    isKnown: (id) => isComplete(of(id)),
    keys: (id) => of(id).keys,
    suffice: (id, keys) => {
      const [given, used] = [new Set(keys.map(idOf)), inUse(of(id))]
      return of(id).keys.every((key) => !used.has(idOf(key)) || given.has(idOf(key)))
    },
    open,
    read,
    owe: (id, revision, by) => put(id, { ...of(id), owed: { revision, by } }),
    paid: (id) => {
      const { owed, ...rest } = of(id)
      if (owed !== undefined) put(id, rest)
    },
    owed: (id) => of(id).owed,
    all: () => all.keys(),
  }
}
