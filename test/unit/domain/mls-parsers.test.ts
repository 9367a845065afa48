import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createByteReader } from '../../../src/domain/mls/byte-reader.ts'
import { parseGroupInfo } from '../../../src/domain/mls/group-info.ts'
import { parseKeyPackage } from '../../../src/domain/mls/key-package.ts'
import { headerBytes, parsePrivateMessageHeader } from '../../../src/domain/mls/private-message-header.ts'
import { parsePublicCommit } from '../../../src/domain/mls/public-message-commit.ts'
import { parseWelcome } from '../../../src/domain/mls/welcome.ts'
import {
  commitFrame,
  device,
  groupIdOf,
  groupInfoFrame,
  privateMessageFrame,
  vector,
  welcomeFrame,
} from '../../support/groups/mls-frames.ts'

const conversationId = '018f0000-0000-7000-8000-000000000001'
const place = { conversationId, epoch: 7 }
const bytes = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, 'base64'))
const text = (content: Uint8Array): string => new TextDecoder().decode(content)

const frames = {
  message: bytes(privateMessageFrame(place, 'hello')),
  commit: bytes(
    commitFrame({ ...place, sender: 2, adds: [device('ann'), device('bob')], removes: [4, 1], path: device('carol') }),
  ),
  external: bytes(commitFrame({ ...place, sender: 'external', removes: [3], path: device('dave') })),
  welcome: bytes(welcomeFrame(3)),
  groupInfo: bytes(groupInfoFrame(place)),
}

const parsers: Record<string, (bytes: Uint8Array) => object | undefined> = {
  parsePrivateMessageHeader,
  parsePublicCommit,
  parseWelcome,
  parseGroupInfo,
  parseKeyPackage,
}

describe('[E1] the header of a message', () => {
  it('tells group and epoch', () => {
    expect(parsePrivateMessageHeader(frames.message)).toEqual({ groupId: conversationId, epoch: 7 })
  })

  it('stands within the bytes that are decoded, for every generation that there can be', () => {
    const longest = bytes(privateMessageFrame({ ...place, generation: 999_999_999, epoch: 2 ** 53 - 1 }))
    expect(parsePrivateMessageHeader(longest.subarray(0, headerBytes))).toEqual({
      groupId: groupIdOf(conversationId, 999_999_999),
      epoch: 2 ** 53 - 1,
    })
  })

  it('is none in plaintext, in other messages, in other versions, or of an epoch beyond all numbers', () => {
    const { message, ...others } = frames
    for (const one of Object.values(others)) expect(parsePrivateMessageHeader(one)).toBeUndefined()
    for (const plain of ['', 'hello', '{"text":"hello"}', 'a'.repeat(200)]) {
      expect(parsePrivateMessageHeader(new TextEncoder().encode(plain))).toBeUndefined()
    }
    const changed = (at: number, value: number) => message.map((byte, index) => (index === at ? value : byte))
    expect(parsePrivateMessageHeader(changed(1, 2))).toBeUndefined()
    expect(parsePrivateMessageHeader(changed(41, 0xff))).toBeUndefined()
    // Framed proposals and commits are not messages.
    for (const contentType of [0, 2, 3, 4]) expect(parsePrivateMessageHeader(changed(49, contentType))).toBeUndefined()
  })
})

describe('[E5] a commit', () => {
  it('tells who is added and removed, by whom, along whose path', () => {
    const commit = parsePublicCommit(frames.commit)
    expect(commit).toMatchObject({
      groupId: conversationId,
      epoch: 7,
      sender: 2,
      removes: [4, 1],
      externalInit: false,
      others: 0,
    })
    expect(commit?.adds.map(({ leaf }) => JSON.parse(text(leaf.identity)).userId)).toEqual(['ann', 'bob'])
    expect(JSON.parse(text(commit?.path?.identity ?? new Uint8Array())).userId).toBe('carol')
  })

  it('from outside tells who joins', () => {
    const commit = parsePublicCommit(frames.external)
    expect(commit).toMatchObject({ sender: 'external', externalInit: true, removes: [3], adds: [] })
    expect(JSON.parse(text(commit?.path?.identity ?? new Uint8Array())).userId).toBe('dave')
  })

  it('with proposals that are not taken says so: by reference, shared keys, context extensions, updates, unknown ones', () => {
    const reference = Uint8Array.of(2, ...vector(new Uint8Array(32)))
    const byValue = (type: number) => Uint8Array.of(1, 0, type, ...vector(new Uint8Array(5)))
    for (const more of [reference, byValue(2), byValue(4), byValue(5), byValue(7), byValue(99)]) {
      const commit = parsePublicCommit(bytes(commitFrame({ ...place, sender: 0, path: device('ann'), more: [more] })))
      expect(commit?.others).toBe(1)
    }
  })

  it('of any size that is allowed is read', () => {
    const adds = Array.from({ length: 1000 }, (_, index) => device(`user${index}`))
    const commit = parsePublicCommit(bytes(commitFrame({ ...place, sender: 0, adds, padding: 100_000 })))
    expect(commit?.adds.length).toBe(1000)
  })
})

describe('welcome and group info', () => {
  it('tell for how many, and of which epoch', () => {
    expect(parseWelcome(frames.welcome)).toEqual({ addressees: 3 })
    expect(parseGroupInfo(frames.groupInfo)).toEqual({ groupId: conversationId, epoch: 7, signer: 0 })
  })
})

describe('whatever bytes come', () => {
  const any = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.uint8Array({ maxLength: 300 }).map((tail) => Uint8Array.of(0, 1, 0, 1 + ((tail[0] ?? 0) % 5), ...tail)),
    fc
      .tuple(fc.constantFrom(...Object.values(frames)), fc.array(fc.tuple(fc.nat(2000), fc.nat(255)), { maxLength: 4 }))
      .map(([frame, changes]) => {
        const changed = frame.slice()
        for (const [at, value] of changes) changed[at % changed.length] = value
        return changed
      }),
  )

  it('no parser throws, and none runs on', () => {
    fc.assert(
      fc.property(any, (input) => {
        for (const parse of Object.values(parsers)) parse(input)
      }),
      { numRuns: 3000 },
    )
  })

  it('what is cut short or has more after it is nothing', () => {
    for (const [name, frame] of Object.entries(frames)) {
      for (const parse of Object.values(parsers)) {
        if (parse === parsePrivateMessageHeader) continue
        expect(parse(Uint8Array.of(...frame, 0)), name).toBeUndefined()
        for (let size = 0; size < frame.length; size += 1) expect(parse(frame.subarray(0, size)), name).toBeUndefined()
      }
    }
  })

  it('a length is written in the fewest bytes, or it is none', () => {
    const read = (...input: readonly number[]) => {
      const reader = createByteReader(Uint8Array.of(...input))
      const found = reader.vector()
      return reader.failed ? 'failed' : [...found]
    }
    expect(read(2, 8, 9)).toEqual([8, 9])
    expect(read(0x40, 2, 8, 9)).toBe('failed')
    expect(read(0x80, 0, 0, 2, 8, 9)).toBe('failed')
    expect(read(0xc0, 0, 0, 0, 0, 0, 0, 1, 9)).toBe('failed')
    expect(read(3, 8, 9)).toBe('failed')
    expect(read()).toBe('failed')
  })
})
