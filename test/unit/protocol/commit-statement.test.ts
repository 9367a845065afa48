import { encodeCommitStatement, parseCommitStatement } from '@backscroll/protocol/commit-statement'
import { describe, expect, it } from 'vitest'

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

describe('What a commit states about members', () => {
  it('names those whom it lets in, once each and in one order', () => {
    const statement = encodeCommitStatement({ addUsers: ['dave', 'cyd', 'dave'] })
    expect(parseCommitStatement(statement)).toEqual({ addUsers: ['cyd', 'dave'] })
    expect(encodeCommitStatement({ addUsers: ['cyd', 'dave'] })).toEqual(statement)
  })

  it('gives one member another role, and lets nobody in then', () => {
    const role = { userId: 'cyd', role: 'admin' } as const
    const statement = encodeCommitStatement({ addUsers: [], role })
    expect(parseCommitStatement(statement)).toEqual({ addUsers: [], role })
    expect(parseCommitStatement(utf8('{"v":1,"addUsers":["dave"],"role":{"userId":"cyd","role":"admin"}}'))).toBe(
      undefined,
    )
  })

  it('is nothing where nobody is let in', () => {
    expect(encodeCommitStatement({ addUsers: [] })).toHaveLength(0)
    expect(parseCommitStatement(new Uint8Array())).toEqual({ addUsers: [] })
  })

  it.each([
    ['no JSON', 'cyd'],
    ['another version', '{"v":2,"addUsers":["cyd"]}'],
    ['an empty list', '{"v":1,"addUsers":[]}'],
    ['another order', '{"v":1,"addUsers":["dave","cyd"]}'],
    ['one twice', '{"v":1,"addUsers":["cyd","cyd"]}'],
    ['spaces', '{"v":1, "addUsers":["cyd"]}'],
    ['more than it should', '{"v":1,"addUsers":["cyd"],"x":1}'],
    ['an unknown role', '{"v":1,"role":{"userId":"cyd","role":"king"}}'],
    ['no name', '{"v":1,"addUsers":["a/b"]}'],
  ])('is not taken with %s', (_what, text) => {
    expect(parseCommitStatement(utf8(text))).toBeUndefined()
  })

  it('is not taken when it is longer than it can be', () => {
    expect(parseCommitStatement(new Uint8Array(200_000))).toBeUndefined()
  })
})
