import { expect, test } from 'vitest'
import { createSocketCaps } from '../../../../src/edge/limits/socket-caps.ts'

const limited = expect.objectContaining({ code: 'rate_limited', retryAfterMs: 10_000 })

test('P7: a user has so many sockets, wherever they come from, and others have theirs', () => {
  const caps = createSocketCaps({ ofUser: 2, ofAddress: 100 })
  const leave = caps.addUser('ann')
  caps.addUser('ann')
  expect(() => caps.check('ann', '192.0.2.3')).toThrow(limited)
  caps.check('bob', '192.0.2.1')
  leave()
  caps.check('ann', '192.0.2.3')
})

test('P7: an address has so many sockets, whosever they are; of IPv6 a network of 64 bits counts', () => {
  const caps = createSocketCaps({ ofUser: 100, ofAddress: 2 })
  caps.addAddress('2001:db8:0:1::1')
  caps.addAddress('2001:DB8::1:0:0:0:2')
  expect(() => caps.check('cid', '2001:db8:0:1:ffff::')).toThrow(limited)
  caps.check('cid', '2001:db8:0:2::1')
})
