import { createECDH } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createWebhookPush } from '../../../../src/adapters/webhook/push.ts'
import { createWebPush } from '../../../../src/adapters/webpush/create-webpush.ts'
import type { PushTarget } from '../../../../src/ports/push.ts'
import { createAllowedHosts } from '../../../../src/runtime/allowed-hosts.ts'
import { isPublicAddress } from '../../../../src/runtime/public-address.ts'
import { type BrowserPush, startBrowserPush } from '../../../support/push/browser-push-double.ts'

const pair = createECDH('prime256v1')
const vapid = { publicKey: pair.generateKeys('base64url'), privateKey: pair.getPrivateKey('base64url') }

let push: BrowserPush
beforeEach(async () => {
  push = await startBrowserPush()
})
afterEach(() => push.close())

const open = (allowed: readonly string[]) =>
  createWebPush({
    ...{ vapid, contact: 'mailto:admin@example.org', allowed: createAllowedHosts(allowed), now: Date.now },
    ...{ answerMs: 2_000, ca: push.ca },
  })
const wake = async (target: PushTarget, allowed: readonly string[] = [push.origin]) => {
  const service = open(allowed)
  const [outcome] = await service.wake([{ id: '1', userId: 'u', target }])
  await service.close()
  return outcome
}

describe('Web Push', () => {
  test('sends a message that the browser can decrypt, signed by this server and kept for a day', async () => {
    expect(await wake({ kind: 'webpush', ...push.subscribe('a') })).toEqual({ kind: 'sent' })
    const [delivered] = push.delivered
    expect(JSON.parse(delivered?.payload ?? '')).toEqual({ backscroll: 'wake' })
    expect(delivered?.headers).toMatchObject({ ttl: '86400', topic: 'backscroll', urgency: 'high' })
    expect(delivered?.vapid).toMatchObject({
      key: vapid.publicKey,
      claims: { aud: push.origin, sub: 'mailto:admin@example.org' },
    })
  })

  test.each([
    [404, 'gone'],
    [410, 'gone'],
    [400, 'refused'],
    [401, 'refused'],
    [403, 'refused'],
    [413, 'refused'],
    [302, 'refused'],
    [503, 'refused'],
  ])('%i means that it is %s', async (status, kind) => {
    push.answer('a', { status, headers: { location: 'https://127.0.0.1/elsewhere' } })
    const outcome = await wake({ kind: 'webpush', ...push.subscribe('a') })
    expect([outcome, push.requests()]).toEqual([{ kind, code: `status_${status}` }, 1])
  })

  test('an endless answer is not read', async () => {
    push.answer('a', { status: 201 })
    push.answer('b', { status: 500, body: 'x'.repeat(20_000_000) })
    const service = open([push.origin])
    const before = process.memoryUsage().external
    const targets = ['b', 'b', 'b', 'b'].map(() => ({ kind: 'webpush' as const, ...push.subscribe('b') }))
    const outcomes = await service.wake(targets.map((target) => ({ id: '1', userId: 'u', target })))
    expect(outcomes.map(({ kind }) => kind)).toEqual(targets.map(() => 'refused'))
    expect(process.memoryUsage().external - before).toBeLessThan(80_000_000)
    await service.close()
  })

  test('an endpoint that is no longer allowed is not contacted', async () => {
    const target = { kind: 'webpush' as const, ...push.subscribe('a') }
    expect(await wake(target, ['push.example.org'])).toEqual({ kind: 'gone', code: 'bad_subscription' })
    expect(push.requests()).toBe(0)
  })

  test('a name with a private address is not contacted, even if all names are allowed', async () => {
    const { keys } = push.subscribe('a')
    // A public name for this machine. Without a resolver the name leads nowhere, which works too.
    const endpoint = 'https://localtest.me/a'
    const outcome = await wake({ kind: 'webpush', endpoint, keys }, ['*'])
    expect(outcome?.kind).toBe('refused')
    expect(push.requests()).toBe(0)
  })

  test('an invalid key makes no request', async () => {
    const { endpoint, keys } = push.subscribe('a')
    const target = { kind: 'webpush' as const, endpoint, keys: { ...keys, p256dh: 'B'.repeat(87) } }
    expect(await wake(target)).toEqual({ kind: 'gone', code: 'bad_subscription' })
    expect(push.requests()).toBe(0)
  })
})

describe('Addresses', () => {
  test.each(['8.8.8.8', '142.250.1.1', '2a00:1450:4001::1', '2606:4700::1111'])('%s is on the internet', (address) => {
    expect(isPublicAddress(address, () => ({}))).toBe(true)
  })

  test.each([
    ...['127.0.0.1', '10.1.2.3', '172.16.0.1', '192.168.1.1', '169.254.169.254', '100.64.0.1', '0.0.0.0', '224.0.0.1'],
    ...['255.255.255.255', '::1', '::', 'fe80::1', 'fc00::1', 'fd12::1', '::ffff:127.0.0.1', '64:ff9b::a00:1'],
    ...['2002:7f00:1::', '2001:db8::1', '2001::1', 'ff02::1', 'localhost', ''],
  ])('%s is not', (address) => {
    expect(isPublicAddress(address, () => ({}))).toBe(false)
  })

  test('a public address in a network of this machine counts as private', () => {
    const card = { address: '8.8.8.10', netmask: '255.255.255.0', family: 'IPv4', mac: '', internal: false } as const
    const interfaces = () => ({ eth0: [{ ...card, cidr: '8.8.8.10/24' }] })
    expect([isPublicAddress('8.8.8.8', interfaces), isPublicAddress('8.8.9.8', interfaces)]).toEqual([false, true])
  })
})

describe("The operator's webhook", () => {
  test('follows no redirect, and repeats the id when it tries a wake-up again', async () => {
    const ids: unknown[] = []
    const server = createServer((request, response) => {
      ids.push(request.headers['webhook-id'])
      response.writeHead(302, { location: '/elsewhere' }).end()
    })
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/wake`
    const service = createWebhookPush({ url, secret: 'a secret of the two', now: Date.now })
    const one = { id: 'wake-1', userId: 'ann', target: { kind: 'webhook' as const } }
    const outcomes = [...(await service.wake([one])), ...(await service.wake([one]))]
    expect([outcomes[0], ids]).toEqual([{ kind: 'refused', code: 'status_302' }, ['wake-1', 'wake-1']])
    server.closeAllConnections()
    server.close()
  })
})
