import { describe, expect, it } from 'vitest'
import type { BackscrollError } from '../../../../packages/client/src/errors/backscroll-error.ts'
import type { SignIn } from '../../../../packages/client/src/sign-in/oauth-requests.ts'
import {
  createOAuthTokens,
  type ExclusiveLocks,
  type SignInStore,
} from '../../../../packages/client/src/sign-in/oauth-tokens.ts'
import { deferred } from '../../../../packages/client/src/time/deferred.ts'
import { createVirtualClock, settled } from '../time/virtual-clock.ts'

const jwt = (name: string) =>
  `${name}.${Buffer.from(JSON.stringify({ sub: 'ann', device: 'phone' })).toString('base64url')}.s`

/** An authorization server whose refresh tokens are good once, with everything that can go wrong on the way. */
const world = (
  fault: () => 'none' | 'lost' | 'answer_lost' | 'busy' | 'refuses' = () => 'none',
  onTheWay: (path: string) => Promise<void> = async () => {},
) => {
  let at = 1_000_000
  let issued = 1
  let spent = 0
  let over = false
  const asked: string[] = []
  const signIn = (): SignIn => ({
    userId: 'ann',
    deviceId: 'phone',
    accessToken: jwt(`access-${issued}`),
    expiresAt: at + 900_000,
    refreshToken: `refresh-${issued}`,
  })
  const disk: { kept: SignIn | undefined; fails: boolean } = { kept: signIn(), fails: false }
  const store: SignInStore = {
    load: async () => disk.kept,
    save: async (next) => {
      if (disk.fails) throw new Error('the disk is full')
      disk.kept = next
    },
  }
  const grant = (token: string | null): Response => {
    if (over || token !== `refresh-${issued}`) {
      over = true
      return Response.json({ error: 'invalid_grant' }, { status: 400 })
    }
    issued += 1
    spent += 1
    const { accessToken: access_token, refreshToken: refresh_token } = signIn()
    return Response.json({ access_token, refresh_token, expires_in: 900 })
  }
  const answer: typeof fetch = async (input, init) => {
    const form = new URLSearchParams(String(init?.body))
    const path = new URL(String(input)).pathname
    asked.push(`${path} ${form.get('refresh_token') ?? form.get('token')}`)
    const wrong = fault()
    if (wrong === 'lost') throw new TypeError('fetch failed')
    if (wrong === 'busy') return new Response('busy', { status: 503 })
    if (wrong === 'refuses') return Response.json({ error: 'invalid_client' }, { status: 401 })
    const response = grant(form.get('refresh_token'))
    if (wrong === 'answer_lost') throw new TypeError('fetch failed')
    await onTheWay(path)
    return response
  }
  const signedOut: number[] = []
  const clock = createVirtualClock()
  const open = (locks?: ExclusiveLocks) =>
    createOAuthTokens({
      clock,
      ...{ url: 'https://chat.example', clientId: 'web', store, fetch: answer, now: () => at },
      locks: locks ?? { request: (_name, task) => task() },
      onSignedOut: () => signedOut.push(at),
    })
  const pass = (ms: number) => {
    at += ms
  }
  return { open, disk, asked, signedOut, pass, clock, renewals: () => spent }
}

/** As the Web Locks API: one after the other. */
const queueing = (): ExclusiveLocks => {
  let turn: Promise<unknown> = Promise.resolve()
  return {
    request: (_name, task) => {
      const mine = turn.then(task)
      turn = mine.catch(() => {})
      return mine
    },
  }
}

/** A server whose answers with new tokens are under way until the test lets them arrive. */
const slowWorld = () => {
  const arrival = deferred()
  const asked = deferred()
  const made = world(
    () => 'none',
    async (path) => {
      if (path !== '/oauth/token') return
      asked.resolve()
      await arrival.promise
    },
  )
  return { ...made, arrive: arrival.resolve, renewing: asked.promise }
}

const codeOf = (token: Promise<string>) =>
  token.then(
    () => 'a token',
    ({ code }: BackscrollError) => code,
  )

describe('Tokens of a sign-in', () => {
  it('are used while they are good, and renewed once for all who ask', async () => {
    const { open, disk, pass, renewals, asked } = world()
    const tokens = open()
    expect(await tokens.token()).toBe(jwt('access-1'))
    pass(875_000)
    expect(await Promise.all([1, 2, 3].map(() => tokens.token()))).toEqual(Array(3).fill(jwt('access-2')))
    expect([renewals(), disk.kept?.refreshToken, asked]).toEqual([1, 'refresh-2', ['/oauth/token refresh-1']])
    expect(await open().token()).toBe(jwt('access-2'))
    expect(renewals()).toBe(1)
  })

  it('are renewed before their time when the server refuses them, and not again by who comes later with the old one', async () => {
    const { open, renewals } = world()
    const tokens = open()
    expect(await tokens.token(jwt('access-1'))).toBe(jwt('access-2'))
    expect(await tokens.token(jwt('access-1'))).toBe(jwt('access-2'))
    expect(renewals()).toBe(1)
  })

  it('are stored before they are used: one that could not be is tried again, and no refresh token is shown twice', async () => {
    const { open, disk, pass, renewals } = world()
    const tokens = open()
    pass(900_000)
    disk.fails = true
    await expect(tokens.token()).rejects.toThrow('the disk is full')
    await expect(tokens.token()).rejects.toThrow('the disk is full')
    disk.fails = false
    expect(await tokens.token()).toBe(jwt('access-2'))
    expect([renewals(), disk.kept?.refreshToken]).toEqual([1, 'refresh-2'])
  })

  it('are renewed by one of several tabs, whether there are locks or not', async () => {
    for (const locked of [true, false]) {
      const { open, pass, renewals, signedOut } = world()
      const locks = locked ? queueing() : undefined
      const tabs = [open(locks), open(locks)]
      for (const tab of tabs) await tab.token()
      pass(900_000)
      if (locked) await Promise.all(tabs.map((tab) => tab.token()))
      else for (const tab of tabs) await tab.token()
      expect(await Promise.all(tabs.map((tab) => tab.token()))).toEqual([jwt('access-2'), jwt('access-2')])
      expect([renewals(), signedOut]).toEqual([1, []])
    }
  })

  it('are asked for again when the server cannot be reached, and the sign-in stands', async () => {
    for (const fault of ['lost', 'busy'] as const) {
      let away = true
      const { open, disk, pass } = world(() => (away ? fault : 'none'))
      const tokens = open()
      pass(900_000)
      await expect(tokens.token()).rejects.toMatchObject({ code: 'unavailable', temporary: true })
      expect(disk.kept?.refreshToken).toBe('refresh-1')
      away = false
      expect(await tokens.token()).toBe(jwt('access-2'))
    }
  })

  it('end when the answer to a renewal was lost, which the server cannot tell from theft: the user signs in again', async () => {
    let lost = true
    const { open, disk, pass, signedOut } = world(() => (lost ? 'answer_lost' : 'none'))
    const tokens = open()
    pass(900_000)
    await expect(tokens.token()).rejects.toMatchObject({ code: 'unavailable' })
    lost = false
    await expect(tokens.token()).rejects.toMatchObject({ code: 'signed_out', temporary: false })
    expect([disk.kept, signedOut.length]).toEqual([undefined, 1])
    await expect(tokens.token()).rejects.toMatchObject({ code: 'signed_out' })
  })

  it('are not given up when the server refuses for another reason', async () => {
    const { open, disk, pass } = world(() => 'refuses')
    const tokens = open()
    pass(900_000)
    await expect(tokens.token()).rejects.toMatchObject({
      code: 'sign_in_failed',
      details: { reason: 'invalid_client' },
    })
    expect(disk.kept?.refreshToken).toBe('refresh-1')
  })

  it('are taken back when the user signs out, also when the server is away', async () => {
    for (const fault of ['none', 'lost'] as const) {
      const { open, disk, asked } = world(() => fault)
      const tokens = open()
      const untold = await tokens.signOut()
      expect(untold?.code).toBe(fault === 'lost' ? 'unavailable' : undefined)
      expect([disk.kept, asked]).toEqual([undefined, ['/oauth/revoke refresh-1']])
      await expect(tokens.token()).rejects.toMatchObject({ code: 'signed_out' })
    }
  })
})

describe('A renewal that is under way when the user signs out', () => {
  it.each([
    ['in the same tab', 'without locks', true, undefined],
    ['in another tab', 'without locks', false, undefined],
    ['in the same tab', 'with locks', true, queueing()],
    ['in another tab', 'with locks', false, queueing()],
  ])('does not sign in again, and its tokens are taken back: %s, %s', async (_where, _how, isSame, locks) => {
    const { open, disk, asked, pass, arrive, renewing, clock } = slowWorld()
    const tokens = open(locks)
    const other = isSame ? tokens : open(locks)
    await other.current()
    pass(900_000)
    const token = codeOf(tokens.token())
    await renewing
    const signOut = other.signOut()
    await clock.advance(1)
    arrive()
    expect(await signOut).toBeUndefined()
    expect(await token).toBe('signed_out')
    await clock.advance(0)
    expect(disk.kept).toBeUndefined()
    expect(asked).toContain('/oauth/revoke refresh-2')
    expect([await codeOf(open().token()), await codeOf(tokens.token())]).toEqual(['signed_out', 'signed_out'])
  })

  it('keeps nobody waiting for long, and comes too late', async () => {
    const { open, disk, asked, pass, arrive, renewing, clock } = slowWorld()
    const tokens = open(queueing())
    pass(900_000)
    const token = codeOf(tokens.token())
    await renewing
    const signOut = tokens.signOut()
    await clock.advance(5_000)
    expect(await signOut).toBeUndefined()
    arrive()
    expect(await token).toBe('signed_out')
    expect([disk.kept, asked.at(-1)]).toEqual([undefined, '/oauth/revoke refresh-2'])
  })

  it('does not take the place of a new sign-in', async () => {
    const { open, disk, asked, pass, arrive, renewing } = slowWorld()
    const tokens = open()
    pass(900_000)
    const token = tokens.token()
    await renewing
    await tokens.signOut()
    const expiresAt = Number.MAX_SAFE_INTEGER
    const anew = { userId: 'ann', deviceId: 'phone', accessToken: jwt('anew'), refreshToken: 'anew', expiresAt }
    await tokens.signedIn(anew)
    arrive()
    expect(await token).toBe(jwt('anew'))
    expect([disk.kept, asked.at(-1)]).toEqual([anew, '/oauth/revoke refresh-2'])
  })

  it('is not stored later either, where the disk was full when it came', async () => {
    const { open, disk, asked, pass } = world()
    const [tokens, other] = [open(), open()]
    await other.current()
    pass(900_000)
    disk.fails = true
    await expect(tokens.token()).rejects.toThrow('the disk is full')
    disk.fails = false
    await other.signOut()
    expect([await codeOf(tokens.token()), disk.kept]).toEqual(['signed_out', undefined])
    expect(asked.at(-1)).toBe('/oauth/revoke refresh-2')
  })

  it('is what the server takes back where a tab has stored it over the mark of the sign-out', async () => {
    const { open, disk, asked } = world()
    const held = deferred()
    const tokens = open({ request: (_name, task) => held.promise.then(task) })
    const before = await tokens.current()
    const signOut = tokens.signOut()
    await settled()
    expect(disk.kept?.isEnding).toBe(true)
    if (before !== undefined) disk.kept = { ...before, refreshToken: 'stored late' }
    held.resolve()
    await signOut
    expect([disk.kept, asked]).toEqual([undefined, ['/oauth/revoke stored late']])
  })
})
