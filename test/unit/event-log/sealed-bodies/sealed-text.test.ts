import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { leafOf, newTree } from '../../../../src/event-log/sealed-bodies/key-tree.ts'
import { openText, type SealKeys, sealText } from '../../../../src/event-log/sealed-bodies/sealed-text.ts'

const event = { stream: 'conversation-1', id: 'one' }
const place = { life: 'l', root: 5, own: 21 }

const keysOf = (random: Uint8Array): SealKeys => {
  const tree = newTree(random)
  const [root, own] = [leafOf(tree, place.root), leafOf(tree, place.own)]
  if (root === undefined || own === undefined) throw new Error('a whole tree has all leaves')
  return { root, own }
}
const keys = keysOf(Buffer.alloc(32, 7))

describe('a sealed body', () => {
  it('that an earlier version sealed is opened', () => {
    expect(openText('~1.l.5.21.ZKJPDlknQ089zubo8PfGSD87TCW/HBOurXBIgAVQX8qV', keys, event)).toBe('QUFBQQ==')
    const text = '~1.l.5.21.xpdUuNpO75uksK1CKY7HvRio1VT+7iTlOJQGgOjyt4EUEGUnAyqHRBys'
    expect(openText(text, keys, event)).toBe('not base64 é')
  })

  it('is opened as it was, whatever text it is, and by no other key and for no other event', () => {
    const base64 = fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('base64'))
    fc.assert(
      fc.property(fc.oneof(base64, fc.string({ unit: 'grapheme' })), (body) => {
        const sealed = sealText(body, keys, event, place)
        expect(openText(sealed, keys, event)).toBe(body)
        expect(openText(sealed, keysOf(Buffer.alloc(32, 8)), event)).toBeNull()
        expect(openText(sealed, keys, { ...event, id: 'two' })).toBeNull()
      }),
    )
  })

  it('is never the same twice: no nonce comes again', () => {
    const sealed = Array.from({ length: 1_000 }, () => sealText('QUFBQQ==', keys, event, place))
    expect(new Set(sealed).size).toBe(sealed.length)
  })
})
