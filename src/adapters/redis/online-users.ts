import type { Redis } from 'ioredis'
import type { OnlineUsers } from '../../ports/online-users.ts'
import { answer } from './connection.ts'

/**
 * Two kinds of sorted sets. `<prefix>presence` holds process ids, scored by the time at which each process counts
 * as dead. `<prefix>online:<id>` holds the processes at which the user has an active device, scored by the time at
 * which the entry expires; the key expires with its last entry. All times are in milliseconds on the clock of
 * Redis.
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

/**
 * KEYS: processes, users. ARGV: process id, its time to live, the time to live of its entries. Returns the indexes
 * of the users who were not online before.
 */
const enterScript = `${prelude}
for index = 2, #KEYS do
  if not online(KEYS[index]) then found[#found + 1] = index - 2 end
  redis.call('ZREMRANGEBYSCORE', KEYS[index], '-inf', now)
  redis.call('ZADD', KEYS[index], now + ARGV[3], ARGV[1])
  redis.call('PEXPIRE', KEYS[index], ARGV[3])
end
live()
return found`

/** KEYS: processes, users. ARGV: process id. Returns the indexes of the users who were online and no longer are. */
const leaveScript = `${prelude}
for index = 2, #KEYS do
  local was = online(KEYS[index])
  redis.call('ZREM', KEYS[index], ARGV[1])
  if was and not online(KEYS[index]) then found[#found + 1] = index - 2 end
end
return found`

/** KEYS: processes. ARGV: process id, its time to live. Returns 1 if the process counted as alive, 0 otherwise. */
const aliveScript = `${prelude}
live()
if living[ARGV[1]] then return 1 end
return 0`

/** KEYS: processes, users. Returns the indexes of the users who are online. */
const amongScript = `${prelude}
for index = 2, #KEYS do
  if online(KEYS[index]) then found[#found + 1] = index - 2 end
end
return found`

/** Users in one script. Each script holds Redis for about a millisecond. */
const usersPerScript = 500

/** An entry lives this many times as long as a silent process, because entries are renewed less often. */
const entryTtlFactor = 6

const chunksOf = (userIds: readonly string[]): readonly (readonly string[])[] =>
  Array.from({ length: Math.ceil(userIds.length / usersPerScript) }, (_, index) =>
    userIds.slice(index * usersPerScript, (index + 1) * usersPerScript),
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
    enter: (processId, userIds) => found(enterScript, userIds, processId, ttlMs, ttlMs * entryTtlFactor),
    leave: (processId, userIds) => found(leaveScript, userIds, processId),
    alive: async (processId) => (await run(aliveScript, [], processId, ttlMs)) === 1,
    among: async (userIds) => new Set(await found(amongScript, userIds)),
  }
}
