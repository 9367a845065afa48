import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  addEvent,
  addFrame,
  addParts,
  addReceipt,
  addReply,
  addShared,
  createOutbox,
  writeOutbox,
} from '../../../../src/gateway/delivery/outbox.ts'
import { partsFrame, sharedFrame, textFrame } from '../../../../src/gateway/delivery/websocket-frame.ts'
import { ascii } from '../../../../src/projections/reading/ascii-text.ts'

const collect = () => {
  const chunks: Buffer[] = []
  const calls: string[] = []
  return {
    calls,
    bytes: () => Buffer.concat(chunks),
    write: (chunk: string | Buffer, encoding?: 'latin1') => {
      calls.push('write')
      chunks.push(typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk)
      return true
    },
    cork: () => void calls.push('cork'),
    uncork: () => void calls.push('uncork'),
  }
}

/** The texts of unmasked, final text frames (RFC 6455 5.2). */
const received = (bytes: Buffer): string[] => {
  const texts: string[] = []
  for (let at = 0; at < bytes.length; ) {
    expect(bytes[at]).toBe(0x81)
    const short = bytes.readUInt8(at + 1)
    const [skip, length] =
      short < 126
        ? [2, short]
        : short === 126
          ? [4, bytes.readUInt16BE(at + 2)]
          : [10, Number(bytes.readBigUInt64BE(at + 2))]
    texts.push(bytes.toString('latin1', at + skip, at + skip + length))
    at += skip + length
  }
  return texts
}

describe('outbox', () => {
  it('[T3] puts answers before pushes and keeps the order of pushes, in one write', () => {
    const [outbox, socket] = [createOutbox(), collect()]
    addEvent(outbox, '{"a":1}')
    addEvent(outbox, '{"b":1}')
    addReceipt(outbox, '{"r":1}')
    addFrame(outbox, textFrame('{"type":"heartbeat"}'))
    addEvent(outbox, '{"c":1}')
    addReply(outbox, '{"type":"reply"}')
    writeOutbox(outbox, socket)
    expect(socket.calls).toEqual(['write'])
    expect(received(socket.bytes())).toEqual([
      '{"type":"reply"}',
      '{"type":"events","events":[{"a":1},{"b":1}],"receipts":[{"r":1}]}',
      '{"type":"heartbeat"}',
      '{"type":"events","events":[{"c":1}]}',
    ])
  })

  it('keeps the order around frames that sessions share, and corks them together', () => {
    const [outbox, socket] = [createOutbox(), collect()]
    addEvent(outbox, '1')
    addShared(outbox, sharedFrame('{"shared":true}'))
    addEvent(outbox, '2')
    addReply(outbox, '{}')
    writeOutbox(outbox, socket)
    expect(socket.calls).toEqual(['cork', 'write', 'write', 'write', 'write', 'uncork'])
    expect(received(socket.bytes())).toEqual([
      '{}',
      '{"type":"events","events":[1]}',
      '{"shared":true}',
      '{"type":"events","events":[2]}',
    ])
  })

  it('sends a text in parts as one frame, between what came before and what comes after', () => {
    const [outbox, socket] = [createOutbox(), collect()]
    addEvent(outbox, '1')
    addParts(outbox, partsFrame(['{"parts":[', Buffer.from('1,2,'), Buffer.from('3'), ']}']))
    addEvent(outbox, '2')
    addReply(outbox, '{}')
    writeOutbox(outbox, socket)
    expect(received(socket.bytes())).toEqual([
      '{}',
      '{"type":"events","events":[1]}',
      '{"parts":[1,2,3]}',
      '{"type":"events","events":[2]}',
    ])
  })

  it.each([0, 1, 125, 126, 127, 65_535, 65_536, 200_000])('frames a text of %i characters', (length) => {
    const text = 'x'.repeat(length)
    expect(received(Buffer.from(textFrame(text), 'latin1'))).toEqual([text])
  })

  it('makes any JSON text ASCII without changing what it says', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        const text = JSON.stringify(value) ?? 'null'
        const plain = ascii(text)
        expect(Buffer.byteLength(plain)).toBe(plain.length)
        expect(JSON.parse(plain)).toEqual(JSON.parse(text))
      }),
    )
    expect(ascii(JSON.stringify('é😀'))).toBe('"\\u00e9\\ud83d\\ude00"')
  })
})
