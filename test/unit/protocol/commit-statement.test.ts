import { describe, expect, it } from 'vitest'
import { encodeCommitStatement, parseCommitStatement } from '../../../src/protocol/commit-statement.ts'

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

describe('What a commit states about members', () => {
  it('names those whom it lets in, once each and in one order', () => {
    expect(parseCommitStatement(encodeCommitStatement(['dave', 'cyd', 'dave']))).toEqual(['cyd', 'dave'])
    expect(encodeCommitStatement(['dave', 'cyd'])).toEqual(encodeCommitStatement(['cyd', 'dave']))
  })

  it('is nothing where nobody is let in', () => {
    expect(encodeCommitStatement([])).toHaveLength(0)
    expect(parseCommitStatement(new Uint8Array())).toEqual([])
  })

  it.each([
    ['no JSON', 'cyd'],
    ['another version', '{"v":2,"addUsers":["cyd"]}'],
    ['an empty list', '{"v":1,"addUsers":[]}'],
    ['another order', '{"v":1,"addUsers":["dave","cyd"]}'],
    ['one twice', '{"v":1,"addUsers":["cyd","cyd"]}'],
    ['spaces', '{"v":1, "addUsers":["cyd"]}'],
    ['more than it should', '{"v":1,"addUsers":["cyd"],"x":1}'],
    ['no name', '{"v":1,"addUsers":["a/b"]}'],
  ])('is not taken with %s', (_what, text) => {
    expect(parseCommitStatement(utf8(text))).toBeUndefined()
  })

  it('is not taken when it is longer than it can be', () => {
    expect(parseCommitStatement(new Uint8Array(200_000))).toBeUndefined()
  })
})
