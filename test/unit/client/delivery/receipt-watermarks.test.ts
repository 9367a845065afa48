import { expect, it } from 'vitest'
import { createReceiptWatermarks } from '../../../../packages/client/src/delivery/receipt-watermarks.ts'

const of = (deviceId: string, moved: { delivered?: number; read?: number }) => ({
  ...{ conversationId: 'one', userId: 'bob', deviceId, at: 5 },
  ...moved,
})

it('[M5] a watermark that is told never goes back, whatever comes, and each device has its own', () => {
  const grow = createReceiptWatermarks()
  expect(grow(of('phone', { delivered: 604, read: 3 }))).toEqual(of('phone', { delivered: 604, read: 3 }))
  expect(grow(of('phone', { delivered: 499 }))).toBeUndefined()
  expect(grow(of('phone', { delivered: 499, read: 400 }))).toEqual(of('phone', { read: 400 }))
  expect(grow(of('phone', { delivered: 604, read: 400 }))).toBeUndefined()
  expect(grow(of('tablet', { delivered: 7 }))).toEqual(of('tablet', { delivered: 7 }))
  // What was read has been delivered.
  expect(grow(of('tablet', { read: 9 }))).toEqual(of('tablet', { read: 9 }))
  expect(grow(of('tablet', { delivered: 8 }))).toBeUndefined()
})

it('forgets the devices that moved longest ago, and tells of them again as it comes', () => {
  const grow = createReceiptWatermarks(2)
  for (const device of ['a', 'b', 'a', 'c']) grow(of(device, { delivered: 5 }))
  expect(grow(of('a', { delivered: 4 }))).toBeUndefined()
  expect(grow(of('b', { delivered: 4 }))).toEqual(of('b', { delivered: 4 }))
})
