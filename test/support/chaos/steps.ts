import fc from 'fast-check'

/** What may happen. `device`, `group`, `user` and `pick` are numbers in [0, 1) that choose among what there is at the time. */
interface Of<Name extends string> {
  readonly name: Name
  readonly device: number
  readonly group: number
}
export type Step =
  | (Of<'create_group'> & { readonly users: readonly number[] })
  | (Of<'send'> & { readonly count: number })
  | (Of<'send_direct'> & { readonly user: number; readonly count: number })
  | (Of<'reply' | 'edit' | 'delete' | 'react'> & { readonly pick: number })
  | (Of<'add' | 'remove' | 'promote'> & { readonly user: number })
  | Of<'leave' | 'rename' | 'read' | 'cut' | 'crash' | 'close' | 'open' | 'new_device'>
  | (Of<'cut_after'> & { readonly bytes: number; readonly up: boolean })
  | (Of<'delay' | 'half_open' | 'stall' | 'slow_application' | 'crash_again'> & { readonly ms: number })
  | (Of<'kill_server' | 'restart_server' | 'outage'> & { readonly ms: number })
  | (Of<'pause'> & { readonly ms: number })

const share = fc.nat(999_999).map((millionths) => millionths / 1_000_000)
const base = { device: share, group: share }
const ms = (max: number) => fc.integer({ min: 0, max })

const named = <const Name extends Step['name'], Fields extends object>(
  name: Name,
  fields: { readonly [Key in keyof Fields]: fc.Arbitrary<Fields[Key]> },
) => fc.record({ name: fc.constant(name), ...base, ...fields }) as fc.Arbitrary<{ name: Name } & Of<Name> & Fields>

const pick = { pick: share }
const user = { user: share }
const count = { count: fc.integer({ min: 1, max: 12 }) }

export interface StepOptions {
  /** What the server works on goes away now and then, for so long at most, in milliseconds; never if absent. */
  readonly outagesMs?: number
}

/** Mostly traffic, a good part trouble, the server's death now and then. */
const stepOf = ({ outagesMs }: StepOptions): fc.Arbitrary<Step> =>
  fc.oneof(
    { weight: 30, arbitrary: named('send', count) },
    { weight: 8, arbitrary: named('send_direct', { ...user, ...count }) },
    { weight: 3, arbitrary: named('reply', pick) },
    { weight: 3, arbitrary: named('edit', pick) },
    { weight: 3, arbitrary: named('delete', pick) },
    { weight: 3, arbitrary: named('react', pick) },
    { weight: 4, arbitrary: named('create_group', { users: fc.array(share, { minLength: 1, maxLength: 3 }) }) },
    { weight: 8, arbitrary: named('add', user) },
    { weight: 5, arbitrary: named('remove', user) },
    { weight: 2, arbitrary: named('promote', user) },
    { weight: 3, arbitrary: named('leave', {}) },
    { weight: 1, arbitrary: named('rename', {}) },
    { weight: 4, arbitrary: named('read', {}) },
    { weight: 3, arbitrary: named('cut', {}) },
    { weight: 8, arbitrary: named('cut_after', { bytes: fc.integer({ min: 1, max: 4000 }), up: fc.boolean() }) },
    { weight: 2, arbitrary: named('delay', { ms: ms(60) }) },
    { weight: 2, arbitrary: named('half_open', { ms: ms(1200) }) },
    { weight: 2, arbitrary: named('stall', { ms: ms(1200) }) },
    { weight: 2, arbitrary: named('slow_application', { ms: ms(15) }) },
    { weight: 3, arbitrary: named('crash', {}) },
    { weight: 6, arbitrary: named('crash_again', { ms: ms(120) }) },
    { weight: 3, arbitrary: named('close', {}) },
    { weight: 12, arbitrary: named('open', {}) },
    { weight: 2, arbitrary: named('new_device', {}) },
    { weight: 2, arbitrary: named('kill_server', { ms: ms(400) }) },
    { weight: 1, arbitrary: named('restart_server', { ms: ms(200) }) },
    { weight: 14, arbitrary: named('pause', { ms: ms(150) }) },
    ...(outagesMs === undefined ? [] : [{ weight: 2, arbitrary: named('outage', { ms: ms(outagesMs) }) }]),
  )

/** The same seed gives the same steps. */
export const stepsOf = (seed: number, length: number, options: StepOptions = {}): readonly Step[] =>
  fc.sample(fc.noBias(fc.array(stepOf(options), { minLength: length, maxLength: length, size: 'max' })), {
    seed,
    numRuns: 1,
  })[0] ?? []

/** A small generator (mulberry32), for everything random while the steps run. */
export const randomOf = (seed: number): (() => number) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}
