import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { networkOf, siteOf } from '../../../src/identity/sender-address.ts'

describe('the network that a limit is by', () => {
  test.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['::FFFF:c000:0207', '192.0.2.7'],
    ['0:0:0:0:0:ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::1', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['', ''],
  ])('of %s is %s', (address, network) => {
    expect(networkOf(address)).toBe(network)
  })

  test('is one for all addresses that one subscriber has, and another for another', () => {
    fc.assert(
      fc.property(fc.ipV6(), fc.ipV6(), (one, other) => {
        const [a = '', b = ''] = [one, other].map(networkOf)
        const prefix = a.endsWith('/64') ? a.replace('::/64', ':ffff:ffff:ffff:ffff') : one
        expect(networkOf(prefix)).toBe(a)
        if (a === b && a.endsWith('/64')) expect(siteOf(one)).toBe(siteOf(other))
      }),
    )
  })

  test('belongs to a site of 48 bits', () => {
    expect([siteOf('2001:db8:1:2::1'), siteOf('2001:db8:1:ffff::1')]).toEqual(['2001:db8:1::/48', '2001:db8:1::/48'])
    expect(siteOf('192.0.2.7')).toBe(networkOf('192.0.2.7'))
  })
})
