import { describe, expect, it } from 'vitest'
import { checkOnlyLog, openSlotMap, type SlottedLog } from '../../../../src/event-log/routing/open-slot-map.ts'
import { decodeLogSlots, encodeLogSlots, evenSlotMap } from '../../../../src/event-log/routing/slot-map.ts'
import { OperatorError } from '../../../../src/ports/errors/operator-error.ts'

interface TestLog extends SlottedLog {
  copy: string | undefined
  events: bigint
}

const createTestLog = (): TestLog => {
  const log: TestLog = {
    copy: undefined,
    events: 0n,
    head: async () => log.events,
    slots: {
      read: async () => log.copy,
      begin: async (text) => {
        log.copy ??= text
      },
    },
  }
  return log
}

const createLogs = (count: number) => Array.from({ length: count }, createTestLog)

const opened = async (count: number) => {
  const logs = createLogs(count)
  const map = await openSlotMap(logs)
  for (const log of logs) log.events = 5n
  return { logs, map }
}

const refusal = async (work: Promise<unknown>): Promise<string> => {
  const error = await work.then(
    () => undefined,
    (failure: unknown) => failure,
  )
  expect(error).toBeInstanceOf(OperatorError)
  const { message } = error as OperatorError
  expect(message).toMatch(/^BACKSCROLL_KURRENTDB_URL: [^\n]+$/)
  return message
}

describe('which slots the logs of a cluster have', () => {
  it('is given out by the first process, and read by all others', async () => {
    const { logs, map } = await opened(3)
    expect(map.logs).toBe(3)
    expect(logs.map(({ copy }) => decodeLogSlots(copy ?? '')?.index)).toEqual([0, 1, 2])
    expect(await openSlotMap(logs)).toEqual(map)
  })

  it('is the same for processes that start at the same time', async () => {
    const logs = createLogs(3)
    const maps = await Promise.all(Array.from({ length: 5 }, () => openSlotMap(logs)))
    for (const map of maps) expect(map).toEqual(maps[0])
  })

  it('is completed after a process that was killed while it gave them out', async () => {
    const logs = createLogs(3)
    const map = evenSlotMap('begun', 3)
    await logs[0]?.slots.begin(encodeLogSlots({ map, index: 0 }))
    expect(await openSlotMap(logs)).toEqual(map)
    expect(logs.every(({ copy }) => copy?.includes('begun'))).toBe(true)
  })

  it('refuses more or fewer logs than there are', async () => {
    const { logs } = await opened(3)
    expect(await refusal(openSlotMap(logs.slice(0, 2)))).toContain('is one of 3 logs and 2 are named')
    expect(await refusal(openSlotMap([...logs, createTestLog()]))).toContain('backscroll migrate')
  })

  it('refuses logs in another order', async () => {
    const { logs } = await opened(3)
    expect(await refusal(openSlotMap(logs.toReversed()))).toContain('in the order in which they were named first')
  })

  it('refuses a log of another cluster', async () => {
    const [{ logs }, other] = [await opened(3), await opened(3)]
    expect(await refusal(openSlotMap(logs.with(1, other.logs[1] ?? createTestLog())))).toContain('another cluster')
  })

  it('refuses a log that is empty beside others that are not: it is not the one that was lost', async () => {
    const { logs } = await opened(3)
    expect(await refusal(openSlotMap(logs.with(2, createTestLog())))).toContain(
      'log 3 of the list is not one of this cluster',
    )
  })

  it('refuses a log of a cluster with one log beside new ones, and one of several as the only one', async () => {
    const used = createTestLog()
    used.events = 9n
    expect(await refusal(openSlotMap([used, createTestLog()]))).toContain('holds events of a cluster with one log')
    const { logs } = await opened(2)
    const [first = used] = logs
    expect(await refusal(checkOnlyLog(first))).toContain('this is log 1 of 2')
    await expect(checkOnlyLog(used)).resolves.toBeUndefined()
  })

  it('refuses copies that are no maps, that differ, or that leave a slot out', async () => {
    const { logs, map } = await opened(2)
    const [first = createTestLog(), second = createTestLog()] = logs
    second.copy = 'x'
    expect(await refusal(openSlotMap(logs))).toContain('cannot be understood')
    second.copy = encodeLogSlots({ map: { ...map, version: 2 }, index: 1 })
    expect(await refusal(openSlotMap(logs))).toContain('version 2')
    const holed = { ...map, ranges: [[[0, 5]], [[7, 4095]]] as const }
    first.copy = encodeLogSlots({ map: holed, index: 0 })
    second.copy = encodeLogSlots({ map: holed, index: 1 })
    expect(await refusal(openSlotMap(logs))).toContain('not each owned by one')
  })

  it('refuses a log that is too long for one of several', async () => {
    const { logs } = await opened(2)
    const [first = createTestLog()] = logs
    first.events = 2n ** 49n
    expect(await refusal(openSlotMap(logs))).toContain('512 TiB')
  })
})
