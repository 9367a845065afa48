import { describe, expect, test } from 'vitest'
import { createAllowedHosts } from '../../../src/runtime/allowed-hosts.ts'

const { judge } = createAllowedHosts(['push.example.org', '*.push.example.com', 'https://10.0.0.7:8443'])

describe('Addresses that somebody else names', () => {
  test.each([
    ['https://push.example.org/send/1', false],
    ['https://eu.push.example.com/a?b=c', false],
    ['https://a.b.push.example.com/', false],
    ['https://10.0.0.7:8443/send', true],
  ])('%s is asked', (url, vouched) => {
    expect(judge(url)).toMatchObject({ vouched })
  })

  test.each([
    'http://push.example.org/send',
    'https://push.example.org:8443/send',
    'https://example.org/send',
    'https://push.example.com/send',
    'https://evilpush.example.com.evil.org/',
    'https://xpush.example.org/',
    'https://me:secret@push.example.org/',
    'https://push.example.org@evil.org/',
    'https://push.example.org/#part',
    'https://PUSH.example.org/',
    'https://push.example.org',
    'https://push.example.org\\@evil.org/',
    'https://push.example.org/a b',
    ' https://push.example.org/',
    'https://10.0.0.7/',
    'https://10.0.0.7:8444/send',
    'http://10.0.0.7:8443/send',
    'ftp://push.example.org/',
    'javascript:alert(1)',
    '',
  ])('%s is not', (url) => {
    expect(judge(url)).toBeUndefined()
  })

  test.each([
    'https://127.0.0.1/',
    'https://[::1]/',
    'https://localhost/',
    'https://2130706433/',
    'https://0x7f.1/',
    'https://redis:443/',
    'https://metadata/',
  ])('a star allows names on the internet, not %s', (url) => {
    const all = createAllowedHosts(['*'])
    expect([all.judge('https://push.example.net/'), all.judge(url)]).toEqual([expect.anything(), undefined])
  })

  test('without a pattern nothing is asked', () => {
    expect(createAllowedHosts([]).judge('https://push.example.org/')).toBeUndefined()
  })
})
