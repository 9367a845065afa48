import type { Redis } from 'ioredis'
import type { SessionRegistry } from '../../ports/session-registry.ts'
import { answer } from './connection.ts'

/**
 * `<prefix>gateways`: gateways by the time at which they count as dead. `<prefix>user:<id>`: gateways of one user by
 * the time at which the registration ends; the key goes with the last of them. All times are Redis' own, in
 * milliseconds.
 */
const now = `local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`

const register = `local function register(key)
  redis.call('ZREMRANGEBYSCORE', key, '-inf', now)
  redis.call('ZADD', key, now + ARGV[2], ARGV[1])
  redis.call('PEXPIRE', key, ARGV[2])
end
`

/** KEYS: users, or gateways. ARGV: gateway, time to live. */
const enterScript = `${now}${register}
for _, key in ipairs(KEYS) do register(key) end`

/** KEYS: gateways. ARGV: gateway, time to live. 1 if it lived. */
const aliveScript = `${now}${register}
local ends = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not ends or tonumber(ends) <= now then return 0 end
register(KEYS[1])
return 1`

/** KEYS: users, or gateways. ARGV: gateway. */
const leaveScript = `for _, key in ipairs(KEYS) do redis.call('ZREM', key, ARGV[1]) end`

const livingScript = `${now}
return redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. now, '+inf')`

/** KEYS: gateways, users. For each user with living gateways it returns the user's index and the gateways. */
const lookupScript = `${now}
local function current(key) return redis.call('ZRANGEBYSCORE', key, '(' .. now, '+inf') end
local living = {}
for _, gateway in ipairs(current(KEYS[1])) do living[gateway] = true end
local found = {}
for index = 2, #KEYS do
  local here = {}
  for _, gateway in ipairs(current(KEYS[index])) do
    if living[gateway] then here[#here + 1] = gateway end
  end
  if #here > 0 then found[#found + 1] = { index - 2, here } end
end
return found`

/** Users in one script: each script holds Redis for about a millisecond. */
const chunk = 500

const chunksOf = (userIds: readonly string[]): readonly (readonly string[])[] =>
  Array.from({ length: Math.ceil(userIds.length / chunk) }, (_, index) =>
    userIds.slice(index * chunk, (index + 1) * chunk),
  )

type Found = readonly (readonly [index: number, gateways: readonly string[]])[]

export const createRedisRegistry = (redis: Redis, prefix: string, ttlMs: number): SessionRegistry => {
  const gateways = `${prefix}gateways`
  const usersOf = (userIds: readonly string[]) => userIds.map((userId) => `${prefix}user:${userId}`)

  const run = (script: string, keys: readonly string[], ...args: (string | number)[]): Promise<unknown> =>
    answer(redis.eval(script, keys.length, ...keys, ...args))

  const lookUp = async (userIds: readonly string[]): Promise<[string, readonly string[]][]> => {
    const found = (await run(lookupScript, [gateways, ...usersOf(userIds)])) as Found
    return found.map(([index, own]) => [userIds[index] ?? '', own])
  }

  return {
    enter: async (gatewayId, userIds) => {
      await Promise.all(chunksOf(userIds).map((some) => run(enterScript, usersOf(some), gatewayId, ttlMs * 2)))
    },
    leave: async (gatewayId, userIds) => {
      await Promise.all(chunksOf(userIds).map((some) => run(leaveScript, usersOf(some), gatewayId)))
    },
    gatewaysOf: async (userIds) => new Map((await Promise.all(chunksOf(userIds).map(lookUp))).flat()),
    begin: async (gatewayId) => void (await run(enterScript, [gateways], gatewayId, ttlMs)),
    alive: async (gatewayId) => (await run(aliveScript, [gateways], gatewayId, ttlMs)) === 1,
    gone: async (gatewayId) => void (await run(leaveScript, [gateways], gatewayId)),
    gateways: async () => (await run(livingScript, [gateways])) as readonly string[],
  }
}
