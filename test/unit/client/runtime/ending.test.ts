import { expect, it } from 'vitest'
import { createLifecycle } from '../../../../packages/client/src/runtime/client-lifecycle.ts'
import { createSignOut } from '../../../../packages/client/src/runtime/sign-out.ts'
import { createVirtualClock } from '../time/virtual-clock.ts'

const nothing = () => {}

it('A client closes its store even when what was under way ends in an error', async () => {
  let closed = false
  const { close } = createLifecycle({
    connection: { state: () => ({ name: 'stopped', reason: 'not_started' }), dispatch: nothing },
    protection: { enrol: async () => {}, close: nothing },
    position: { newest: () => undefined },
    outbox: { close: nothing },
    uploads: { close: nothing },
    sending: { stop: nothing },
    receipts: { close: nothing },
    delivery: { stop: nothing, idle: () => Promise.reject(new Error('broken')) },
    feed: { end: nothing },
    tellState: nothing,
    tellFailed: nothing,
    store: {
      close: async () => {
        closed = true
      },
    },
  })
  await expect(close()).rejects.toThrow('broken')
  expect(closed).toBe(true)
})

it('Signing out erases what is stored even when the client cannot be closed in order', async () => {
  let erased = false
  const signOut = createSignOut({
    me: { deviceId: 'phone' },
    client: {
      devices: async () => [],
      revokeDevice: async () => [],
      push: { unregister: async () => {} },
      close: () => Promise.reject(new Error('broken')),
    },
    clock: createVirtualClock(),
    write: async () => {},
    stop: nothing,
    endSignIn: async () => undefined,
    erase: async () => {
      erased = true
    },
  })
  expect(await signOut()).toBeUndefined()
  expect(erased).toBe(true)
})
