import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDamageWatch } from '../../../../src/adapters/embedded/log/integrity/damage-watch.ts'
import { createFileReads } from '../../../../src/adapters/embedded/log/reading/file-reads.ts'
import { repairLog } from '../../../../src/adapters/embedded/log/repair-log.ts'
import { openForReading } from '../../../../src/adapters/embedded/log/schema.ts'
import { prepareFile } from '../../../../src/adapters/embedded/log/writing/prepare.ts'
import { LogError } from '../../../../src/ports/errors/log-error.ts'
import { OperatorError } from '../../../../src/ports/errors/operator-error.ts'
import type { RecordedEvent } from '../../../../src/ports/event-log.ts'
import { attackLog, seededRandom } from '../../../support/event-log/attacks.ts'
import { temporaryDirectory } from '../../../support/event-log/directory.ts'
import { type LogImage, makeHistory } from '../../../support/event-log/histories.ts'

const seed = Number(process.env.BACKSCROLL_SEED ?? Math.floor(Math.random() * 2 ** 31))
const rounds = Number(process.env.BACKSCROLL_TEST_DAMAGE_ROUNDS ?? 300)

const streamsOf = (events: readonly RecordedEvent[]): readonly string[] => [...new Set(events.map((one) => one.stream))]

/** Everything that a log in a directory serves, read both ways. Throws what a start or a read throws. */
const serve = (directory: string, streams: readonly string[]) => {
  const { head } = prepareFile(directory)
  const db = openForReading(directory)
  try {
    const file = createFileReads(db, createDamageWatch())
    const all = file.readAll(0n, BigInt(head), 1_000_000)
    return { all, byStream: streams.map((stream) => file.readStream({ stream, limit: 1_000_000 })) }
  } finally {
    db.close()
  }
}

const refusalIn = (error: unknown): string | undefined => {
  const isRefusal = error instanceof OperatorError || (error instanceof LogError && error.code === 'log_damaged')
  return isRefusal ? error.message : undefined
}

describe('damage of the embedded log', () => {
  const root = temporaryDirectory()
  const images: LogImage[] = []
  let streams: readonly string[] = []

  beforeAll(async () => {
    images.push(...(await makeHistory(join(root.path, 'a'), 60, seededRandom(seed))))
    images.push(...(await makeHistory(join(root.path, 'b'), 150, seededRandom(seed + 1))))
    streams = streamsOf(images.flatMap(({ events }) => events))
  }, 60_000)
  afterAll(() => root.remove())

  const expected = ({ events }: LogImage) => ({
    all: events,
    byStream: streams.map((stream) => events.filter((event) => event.stream === stream)),
  })

  const copyOf = ({ directory }: LogImage): string => {
    const copy = join(root.path, 'copy')
    rmSync(copy, { recursive: true, force: true })
    mkdirSync(copy)
    cpSync(directory, copy, { recursive: true })
    return copy
  }

  it('serves every image of a killed or closed log whole [P1]', () => {
    for (const image of images) expect(serve(copyOf(image), streams)).toEqual(expected(image))
  })

  it('is not made of a start that was killed before it had opened the log [P1]', () => {
    for (const image of images) {
      const copy = copyOf(image)
      prepareFile(copy)
      expect(serve(copy, streams)).toEqual(expected(image))
    }
  })

  it('is not made of a first start that was killed before the record was whole', () => {
    const copy = join(root.path, 'first')
    mkdirSync(copy)
    prepareFile(copy)
    for (const left of ['', 'half']) {
      writeFileSync(join(copy, 'events.head'), left)
      expect(serve(copy, [])).toEqual({ all: [], byStream: [] })
    }
  })

  it('is refused with one line, or the log serves exactly what was acknowledged [P1]', () => {
    const random = seededRandom(seed + 2)
    let refused = 0
    for (let round = 0; round < rounds; round++) {
      const image = images[round % images.length]
      if (image === undefined) throw new Error('no image')
      const copy = copyOf(image)
      const others = images.filter((one) => one !== image).map(({ directory }) => directory)
      const attack = attackLog(copy, others, random)
      const context = `seed ${seed}, round ${round}, ${image.directory}, ${attack}`
      try {
        expect(serve(copy, streams), context).toEqual(expected(image))
      } catch (error) {
        const line = refusalIn(error)
        if (line === undefined) throw new Error(`${context}: ${error}`, { cause: error })
        expect(line, context).not.toContain('\n')
        refused += 1
      }
    }
    expect(refused).toBeGreaterThan(rounds / 5)
  }, 600_000)

  it('leaves a log behind that is whole, when what is lost is accepted, and of which nothing else is lost', () => {
    const random = seededRandom(seed + 3)
    for (let round = 0; round < rounds / 5; round++) {
      const image = images[round % images.length]
      if (image === undefined) throw new Error('no image')
      const copy = copyOf(image)
      const others = images.filter((one) => one !== image).map(({ directory }) => directory)
      const context = `seed ${seed}, round ${round}, ${image.directory}, ${attackLog(copy, others, random)}`
      const options = { evidence: [], onProgress: () => {}, now: round }
      const gentle = repairLog(copy, { ...options, acceptLoss: false })
      const repair = gentle.outcome === 'refused' ? repairLog(copy, { ...options, acceptLoss: true }) : gentle
      const { all } = serve(copy, streams)
      if (repair.outcome === 'whole' || repair.outcome === 'recorded') expect(all, context).toEqual(image.events)
      for (const stream of streams) {
        const revisions = all.filter((event) => event.stream === stream).map(({ revision }) => revision)
        expect(revisions, context).toEqual(revisions.map((_, index) => index))
      }
    }
  }, 600_000)

  it('that is a body which was flipped costs that body alone, when the loss is accepted', () => {
    const image = images[1]
    const victim = image?.events.find(({ body }) => body !== null)
    if (image === undefined || victim === undefined) throw new Error('no body')
    const copy = copyOf(image)
    const db = new Database(join(copy, 'events.db'))
    db.prepare('UPDATE events SET body = ? WHERE position = ?').run(`${victim.body}!`, Number(victim.position))
    db.close()
    expect(() => serve(copy, streams)).toThrow(/a body is not what was stored at position \d+; .*backscroll log repair/)
    const repair = repairLog(copy, { evidence: [], onProgress: () => {}, now: 1, acceptLoss: true })
    expect(repair).toMatchObject({ outcome: 'mended', salvaged: { lost: 0, bodiesLost: 1 } })
    const left = image.events.map((event) => (event === victim ? { ...event, body: null } : event))
    expect(serve(copy, streams).all).toEqual(left)
  })
})
