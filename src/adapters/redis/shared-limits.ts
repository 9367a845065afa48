import { createHash } from 'node:crypto'
import type { Redis } from 'ioredis'
import type { SharedLimits } from '../../ports/shared-limits.ts'
import { answer } from './connection.ts'

/**
 * `<prefix>limit:<hash>`: when the bucket is full. `<prefix>held:<hash>`: of each holder how many it has, and until
 * when that counts. Both go by themselves. All times are Redis' own, in milliseconds; microseconds decide, since many
 * buckets fill faster than one a millisecond.
 */
const now = `local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
`

/** KEYS: bucket. ARGV: what it holds, the time for one more, what was taken. The cell of GCRA, charged whatever it holds. */
const chargeScript = `${now}
local holds = ARGV[1] * ARGV[2]
local full = math.max(now, tonumber(redis.call('GET', KEYS[1]) or 0)) + ARGV[3] * ARGV[2]
full = math.min(full, now + 2 * holds)
redis.call('SET', KEYS[1], string.format('%.3f', full), 'PX', math.ceil(full - now) + 1)
return math.ceil(math.max(0, full - holds - now))`

/** KEYS: what is held. ARGV: holder, how many, time to live. */
const holdScript = `${now}
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. ' ' .. string.format('%.0f', now + ARGV[3]))
redis.call('PEXPIRE', KEYS[1], ARGV[3])
local others = 0
local all = redis.call('HGETALL', KEYS[1])
for index = 1, #all, 2 do
  local count, ends = string.match(all[index + 1], '^(%d+) (%d+)$')
  if tonumber(ends) <= now then redis.call('HDEL', KEYS[1], all[index])
  elseif all[index] ~= ARGV[1] then others = others + count end
end
return others`

/** Names hold what clients say: hashing keeps every key short. */
const hash = (key: string): string => createHash('sha256').update(key).digest('base64url')

export const createRedisLimits = (redis: Redis, prefix: string): SharedLimits => {
  const run = async (script: string, key: string, ...args: (string | number)[]): Promise<number> =>
    Number(await answer(redis.eval(script, 1, key, ...args)))

  return {
    charge: ({ key, burst, everyMs, count }) => run(chargeScript, `${prefix}limit:${hash(key)}`, burst, everyMs, count),
    hold: (key, holder, count, ttlMs) => run(holdScript, `${prefix}held:${hash(key)}`, holder, count, ttlMs),
  }
}
