import { limits } from '@backscroll/protocol/limits'
import { sealedText } from '@backscroll/protocol/sealed-text'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  createTextKey,
  keyIdOf,
  longestText,
  openText,
  sealText,
  type TextPlace,
  textKeyId,
} from '../../../../packages/client/src/crypto/sealed-text.ts'
import { fromBase64, toBase64 } from '../../../../packages/client/src/encoding/base64.ts'

const place: TextPlace = { conversationId: 'c', field: 'name' }
const bytes = (text: string) => new TextEncoder().encode(text)

describe('[E6] a sealed text', () => {
  it('opens with its key to what was sealed, whatever it is, and has the form that the server takes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: longestText('name') }), async (text) => {
        const key = createTextKey()
        const sealed = await sealText(key, place, text)
        expect(sealedText(limits.name).safeParse(sealed).success).toBe(true)
        expect(keyIdOf(sealed)).toBe(textKeyId(key))
        expect(await openText(key, place, sealed)).toEqual(text)
      }),
      { numRuns: 50 },
    )
  })

  it('fits up to the longest, and no further', async () => {
    for (const field of ['name', 'description'] as const) {
      const sealed = (length: number) => sealText(createTextKey(), { ...place, field }, new Uint8Array(length))
      expect((await sealed(longestText(field))).length).toBeLessThanOrEqual(limits[field])
      expect((await sealed(longestText(field) + 1)).length).toBeGreaterThan(limits[field])
    }
  })

  it('tells its length in steps only, and nothing twice', async () => {
    const key = createTextKey()
    const [short, long] = await Promise.all(['a', 'a'.repeat(60)].map((text) => sealText(key, place, bytes(text))))
    expect(short?.length).toBe(long?.length)
    expect(await sealText(key, place, bytes('a'))).not.toBe(short)
  })

  it('does not open with another key, in another place, or changed', async () => {
    const key = createTextKey()
    const sealed = await sealText(key, place, bytes('Trip'))
    const refusal = { code: 'wrong_key' }
    await expect(openText(createTextKey(), place, sealed)).rejects.toMatchObject(refusal)
    await expect(openText(key, { ...place, conversationId: 'd' }, sealed)).rejects.toMatchObject(refusal)
    await expect(openText(key, { ...place, field: 'description' }, sealed)).rejects.toMatchObject(refusal)
    const changed = fromBase64(sealed)
    changed.set([(changed.at(-1) ?? 0) ^ 1], changed.length - 1)
    await expect(openText(key, place, toBase64(changed))).rejects.toMatchObject(refusal)
    for (const other of ['', 'VHJpcA==', 'sealed1/', 'sealed1/!']) {
      expect(keyIdOf(other)).toBeUndefined()
      await expect(openText(key, place, other)).rejects.toMatchObject({ code: 'malformed' })
    }
  })
})
