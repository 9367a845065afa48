import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openRedis } from '../../../src/adapters/redis/open-redis.ts'
import { OperatorError } from '../../../src/ports/errors/operator-error.ts'
import { createRedisServer, hasRedisServer, type RedisServer } from '../../support/engines/redis-server.ts'
import { openRedisWorld, type RedisWorld } from '../../support/engines/redis-world.ts'

/** Resolves with the next reset. */
const nextReset = (onReset: (listener: () => void) => () => void): Promise<void> =>
  new Promise((resolve) => {
    const stop = onReset(() => {
      stop()
      resolve()
    })
  })

describe.skipIf(!hasRedisServer)(
  `Redis with a mind of its own${hasRedisServer ? '' : ' (no redis-server: skipped)'}`,
  () => {
    let server: RedisServer
    let world: RedisWorld
    let unhandled: unknown[]
    const note = (error: unknown) => void unhandled.push(error)

    beforeEach(async () => {
      unhandled = []
      process.on('unhandledRejection', note)
      server = await createRedisServer()
      await server.start()
      world = await openRedisWorld(server.url)
    })
    afterEach(async () => {
      await world.dispose()
      await server.kill()
      process.off('unhandledRejection', note)
      expect(unhandled).toEqual([])
    })

    it('forgets all when it is killed: every process is told once, listens again, and what is told anew is found', async () => {
      const [one, two] = [await world.open(), await world.open()]
      const heard: string[] = []
      await two.channels.listen('news', (message) => void heard.push(message))
      await one.registry.enter('g1', ['alice'])
      const resets: string[] = []
      one.channels.onReset(() => void resets.push('one'))
      two.channels.onReset(() => void resets.push('two'))
      const told = [nextReset(one.channels.onReset), nextReset(two.channels.onReset)]

      await server.kill()
      await expect(one.registry.gatewaysOf(['alice'])).rejects.toThrow(/^Redis: /)
      await expect(one.channels.publish('news', 'lost')).rejects.toThrow(/^Redis: /)
      expect(resets).toEqual([])

      await server.start()
      await Promise.all(told)
      expect(await two.registry.gatewaysOf(['alice'])).toEqual(new Map())
      expect(await two.registry.gateways()).toEqual([])
      await one.registry.begin('g1')
      await one.registry.enter('g1', ['alice'])
      expect(await two.registry.gatewaysOf(['alice'])).toEqual(new Map([['alice', ['g1']]]))
      await one.channels.publish('news', 'again')
      await expect.poll(() => heard).toEqual(['again'])
      expect(resets.sort()).toEqual(['one', 'two'])
    })

    it('is found again however often it goes, and one reset follows each time', async () => {
      const { channels, registry } = await world.open()
      const heard: string[] = []
      await channels.listen('news', (message) => void heard.push(message))
      for (let round = 0; round < 4; round += 1) {
        const told = nextReset(channels.onReset)
        await server.kill()
        await server.start()
        await told
        await registry.enter('g1', [`user-${round}`])
        await channels.publish('news', `${round}`)
        await expect.poll(() => heard.at(-1)).toBe(`${round}`)
      }
      expect(heard).toEqual(['0', '1', '2', '3'])
    })

    it('may lose the connection for commands alone: what it knew is still there, so nobody is told', async () => {
      const { channels, registry } = await world.open()
      const other = await world.open()
      const resets: string[] = []
      channels.onReset(() => void resets.push('one'))
      await registry.begin('g1')
      await registry.enter('g1', ['alice'])
      await world.cut('commands')
      await expect
        .poll(() => registry.gatewaysOf(['alice']).catch(() => undefined))
        .toEqual(new Map([['alice', ['g1']]]))
      const told = nextReset(other.channels.onReset)
      await world.cut('subscriber')
      await told
      await expect.poll(() => resets).toEqual(['one'])
    })

    it('begins to listen when it is there again, if it was asked to while it was not', async () => {
      const { channels } = await world.open()
      await server.kill()
      const heard: string[] = []
      const listening = channels.listen('news', (message) => void heard.push(message))
      await server.start()
      await listening
      await expect.poll(() => channels.publish('news', 'x').catch(() => 'failed')).toBe(undefined)
      await expect.poll(() => heard).toContain('x')
    })

    it('that answers no more, but closes nothing, is given up, and each process is told when it answers again', async () => {
      const errors: string[] = []
      const { channels, registry } = await world.open((error) => void errors.push(String(error)))
      const told = nextReset(channels.onReset)
      server.freeze()
      await expect(registry.enter('g1', ['alice'])).rejects.toThrow(/timed out/)
      await expect(channels.publish('news', 'x')).rejects.toThrow()
      const givenUp = () => errors.filter((error) => error.includes('Socket timeout')).length
      await expect.poll(givenUp, { timeout: 10_000 }).toBe(2)
      await expect(registry.gateways()).rejects.toThrow('Redis: not connected')
      server.thaw()
      await told
      await registry.enter('g1', ['alice'])
    })

    it('can be closed while it is away', async () => {
      const adapters = await world.open()
      const listening = adapters.channels.listen('news', () => {})
      await listening
      await server.kill()
      const late = adapters.channels.listen('late', () => {})
      const refused = expect(late).rejects.toThrow()
      await adapters.close()
      await refused
      await expect(adapters.registry.gateways()).rejects.toThrow()
    })

    describe('that cannot be used', () => {
      const open = (url: string) => openRedis({ url, prefix: 'test:', onError: () => {} })

      it('ends the start with one line that names the setting', async () => {
        await server.kill()
        const failure = await open(server.url).catch((error: unknown) => error)
        expect(failure).toBeInstanceOf(OperatorError)
        expect(String(failure)).toMatch(/BACKSCROLL_REDIS_URL.*ECONNREFUSED/)
        expect(String(failure)).not.toContain('\n')
      })

      it.each(['', 'nonsense', 'http://127.0.0.1:6379', '127.0.0.1:6379'])('such as %j is named too', async (url) => {
        await expect(open(url)).rejects.toThrow(/^BACKSCROLL_REDIS_URL must be such as/)
      })

      it('keeps passwords to itself', async () => {
        const guarded = await createRedisServer('--requirepass', 'correct-horse')
        await guarded.start()
        for (const credentials of ['', ':wrong-battery@', 'someone:wrong-battery@']) {
          const failure = await open(`redis://${credentials}127.0.0.1:${guarded.port}`).catch((error: unknown) => error)
          expect(failure).toBeInstanceOf(OperatorError)
          expect(String(failure)).toContain('BACKSCROLL_REDIS_URL')
          expect(JSON.stringify(failure, Object.getOwnPropertyNames(failure))).not.toMatch(/battery|horse/)
        }
        const adapters = await open(`redis://:correct-horse@127.0.0.1:${guarded.port}`)
        await adapters.registry.alive('g1')
        await adapters.close()
        await guarded.kill()
      })
    })
  },
)
