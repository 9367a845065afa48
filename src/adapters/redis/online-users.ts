import type { Redis } from 'ioredis'
import type { OnlineUsers } from '../../ports/online-users.ts'
import { answer } from './connection.ts'

/**
 * `<prefix>presence`: processes by the time at which they count as dead. `<prefix>online:<id>`: processes at which a user
 * has an active device, by the time at which that ends; the key goes with the last of them. All times are Redis' own,
 * in milliseconds.
 */
const prelude = `local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local living = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. now, '+inf')) do living[id] = true end
local function online(key)
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', key, '(' .. now, '+inf')) do
    if living[id] then return true end
  end
  return false
end
local function live()
  redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
  redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
local found = {}
`

/** KEYS: processes, users. ARGV: process, its time to live, that of what it says. The places of those who were not online. */
const enterScript = `${prelude}
for index = 2, #KEYS do
  if not online(KEYS[index]) then found[#found + 1] = index - 2 end
  redis.call('ZREMRANGEBYSCORE', KEYS[index], '-inf', now)
  redis.call('ZADD', KEYS[index], now + ARGV[3], ARGV[1])
  redis.call('PEXPIRE', KEYS[index], ARGV[3])
end
live()
return found`

/** KEYS: processes, users. ARGV: process. The places of those who were online and are not. */
const leaveScript = `${prelude}
for index = 2, #KEYS do
  local was = online(KEYS[index])
  redis.call('ZREM', KEYS[index], ARGV[1])
  if was and not online(KEYS[index]) then found[#found + 1] = index - 2 end
end
return found`

/** KEYS: processes. ARGV: process, its time to live. 1 if it lived. */
const aliveScript = `${prelude}
live()
if living[ARGV[1]] then return 1 end
return 0`

/** KEYS: processes, users. The places of those who are online. */
const amongScript = `${prelude}
for index = 2, #KEYS do
  if online(KEYS[index]) then found[#found + 1] = index - 2 end
end
return found`

/** Users in one script: each script holds Redis for about a millisecond. */
const chunk = 500

/** How much longer than a process what it said of a user lasts: users are told less often than that it lives. */
const entryLives = 6

const chunksOf = (userIds: readonly string[]): readonly (readonly string[])[] =>
  Array.from({ length: Math.ceil(userIds.length / chunk) }, (_, index) =>
    userIds.slice(index * chunk, (index + 1) * chunk),
  )

export const createRedisOnlineUsers = (redis: Redis, prefix: string, ttlMs: number): OnlineUsers => {
  const processes = `${prefix}presence`

  const run = (script: string, userIds: readonly string[], ...args: (string | number)[]): Promise<unknown> => {
    const keys = [processes, ...userIds.map((userId) => `${prefix}online:${userId}`)]
    return answer(redis.eval(script, keys.length, ...keys, ...args))
  }

  const found = async (script: string, userIds: readonly string[], ...args: (string | number)[]) => {
    const of = async (some: readonly string[]): Promise<readonly string[]> =>
      ((await run(script, some, ...args)) as readonly number[]).map((index) => some[index] ?? '')
    return (await Promise.all(chunksOf(userIds).map(of))).flat()
  }

  return {
    enter: (processId, userIds) => found(enterScript, userIds, processId, ttlMs, ttlMs * entryLives),
    leave: (processId, userIds) => found(leaveScript, userIds, processId),
    alive: async (processId) => (await run(aliveScript, [], processId, ttlMs)) === 1,
    among: async (userIds) => new Set(await found(amongScript, userIds)),
  }
}
