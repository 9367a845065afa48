import { describe, expect, it } from 'vitest'
import { createTextKey, sealText, type TextField } from '../../../../../packages/client/src/crypto/sealed-text.ts'
import { toBase64 } from '../../../../../packages/client/src/encoding/base64.ts'
import { loadDetails } from '../../../../../packages/client/src/groups/details/group-details.ts'
import type { StoreChange } from '../../../../../packages/client/src/stores/client-store.ts'

const id = 'c'
const bytes = (text: string) => new TextEncoder().encode(text)

const sealedUnder = async (field: TextField, text: string) => {
  const key = createTextKey()
  return { key: toBase64(key), sealed: await sealText(key, { conversationId: id, field }, bytes(text)) }
}
const open = () => {
  const stored = new Map<string, unknown>()
  const write = (changes: readonly StoreChange[]) => {
    for (const { key, value } of changes) value === undefined ? stored.delete(key) : stored.set(key, value)
  }
  return { details: loadDetails(stored, write), again: () => loadDetails(stored, write) }
}

describe('[E6] names and descriptions of groups', () => {
  it('can be read when both text and key have come, in whatever order, also after a restart', async () => {
    const [name, description] = [await sealedUnder('name', 'Trip'), await sealedUnder('description', 'To the sea')]
    const { details, again } = open()
    details.note(id, 'name', name.sealed, 3)
    expect(await details.read(id)).toEqual({ name: null, description: null })
    details.keep(id, [description.key, name.key])
    expect(await details.read(id)).toEqual({ name: 'Trip', description: null })
    details.note(id, 'description', description.sealed, 4)
    for (const book of [details, again()])
      expect(await book.read(id)).toEqual({ name: 'Trip', description: 'To the sea' })
  })

  it('are those of the newest revision, unless the log is another one', async () => {
    const [old, now] = [await sealedUnder('name', 'old'), await sealedUnder('name', 'now')]
    const { details } = open()
    details.keep(id, [old.key, now.key])
    details.note(id, 'name', now.sealed, 9)
    details.note(id, 'name', old.sealed, 5)
    expect((await details.read(id)).name).toBe('now')
    details.reset(id, { name: old.sealed, description: null }, 5)
    expect((await details.read(id)).name).toBe('old')
  })

  it('lose no key that is in use, however many changes follow, and keep few others', async () => {
    const description = await sealedUnder('description', 'stays')
    const { details } = open()
    details.keep(id, [description.key])
    details.note(id, 'description', description.sealed, 0)
    for (let revision = 1; revision < 30; revision += 1) {
      const name = await sealedUnder('name', `name ${revision}`)
      details.keep(id, [name.key])
      details.note(id, 'name', name.sealed, revision)
      expect(await details.read(id)).toEqual({ name: `name ${revision}`, description: 'stays' })
    }
    expect(details.keys(id).length).toBeLessThan(8)
  })

  it('are asked for again by who has come back, who still has the keys', async () => {
    const name = await sealedUnder('name', 'Trip')
    const { details } = open()
    details.keep(id, [name.key])
    details.reset(id, { name: name.sealed, description: null }, 1)
    expect(details.isKnown(id)).toBe(true)
    details.forgetTexts(id)
    expect([details.isKnown(id), details.keys(id)]).toEqual([false, [name.key]])
    details.forget(id)
    expect([details.keys(id), [...details.all()]]).toEqual([[], []])
  })

  it('are given on until somebody has given all keys that are in use', async () => {
    const [name, description] = [await sealedUnder('name', 'a'), await sealedUnder('description', 'b')]
    const { details, again } = open()
    details.keep(id, [name.key, description.key])
    details.reset(id, { name: name.sealed, description: description.sealed }, 1)
    details.owe(id, 2, 'ann/phone')
    expect(again().owed(id)).toEqual({ revision: 2, by: 'ann/phone' })
    expect(details.suffice(id, [name.key])).toBe(false)
    expect(details.suffice(id, [description.key, name.key, toBase64(createTextKey())])).toBe(true)
    details.paid(id)
    expect(again().owed(id)).toBeUndefined()
  })
})
