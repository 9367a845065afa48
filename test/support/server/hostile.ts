import fc from 'fast-check'

/** Values that no field takes, though each has broken some server. */
const poison: readonly unknown[] = [
  ...[
    null,
    true,
    -1,
    0.5,
    Number.POSITIVE_INFINITY,

    2 ** 55,
    '',
    ' ',
    '\u0000',
    'a\u0000b',
    '\ud800',
    '\u202e',
    '😀'.repeat(40),
  ],
  ...[
    '../../etc/passwd',
    "' OR 1=1 --",
    '$' + '{7*7}',
    '<script>',
    '__proto__',
    'constructor',
    'toString',
    'A'.repeat(70_000),
  ],
  ...[[], {}, [[]], { __proto__: null }, { length: 1e9 }, [1, [2, [3]]], { toString: 'x', valueOf: 'y' }, { $gt: '' }],
]

const deep = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`
const deepObject = (depth: number): string => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`

/** Texts that are no JSON object at all. */
const malformed = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.constantFrom(
    '',
    '{',
    'null',
    '[]',
    '"x"',
    '1',
    '{"type":',
    '\u0000',
    '\ufeff{}',
    '{"a":1}{"b":2}',
    "{'type':'connect'}",
  ),
  fc.constantFrom(deep(5_000), deep(50_000), `{"a":${deep(20_000)}}`),
  fc.jsonValue().map((value) => JSON.stringify(value)),
)

const pollution = fc.constantFrom(
  '"__proto__":{"admin":true}',
  '"constructor":{"prototype":{"admin":true}}',
  '"hasOwnProperty":1',
  `"nested":${deepObject(3_000)}`,
  '"\\u0000":1',
  '"":1',
)

type Template = Readonly<Record<string, unknown>>

/** The template with one field made wrong, taken away, or one put in that nobody knows; always something that must be refused. */
const damaged = (templates: readonly Template[]): fc.Arbitrary<string> =>
  fc.constantFrom(...templates).chain((template) => {
    const names = Object.keys(template).filter((name) => name !== 'type' && name !== 'id')
    const with_ = (name: string, value: unknown) => JSON.stringify({ ...template, [name]: value })
    return fc.oneof(
      fc.tuple(fc.constantFrom(...names), fc.constantFrom(...poison)).map(([name, value]) => with_(name, value)),
      fc.constantFrom(...names).map((name) => with_(name, undefined)),
      fc.tuple(fc.constantFrom('type', 'id'), fc.constantFrom(...poison)).map(([name, value]) => with_(name, value)),
      pollution.map((field) => `${JSON.stringify(template).slice(0, -1)},${field}}`),
      fc.string({ maxLength: 30 }).map((name) => with_(`x-${name}`, 1)),
    )
  })

/** What may be sent where one of these is expected. */
export const hostileText = (templates: readonly Template[]): fc.Arbitrary<string> =>
  fc.oneof({ weight: 3, arbitrary: damaged(templates) }, { weight: 1, arbitrary: malformed })

/** Path segments and query values. */
export const hostileSegment: fc.Arbitrary<string> = fc
  .oneof(
    fc.constantFrom(
      '..',
      '%2e%2e',
      '%00',
      '%',
      '%ff',
      '\u0000',
      "';drop table events",
      'null',
      'undefined',
      '-1',
      '1e9',
      'A'.repeat(5_000),
    ),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }),
  )
  .map((text) => {
    try {
      return encodeURIComponent(text)
    } catch {
      return '%ED%A0%80'
    }
  })

/** Traces of the inside that no answer may show. */
export const innards = /\bat .*[/\\(]|\.ts\b|node_modules|SqliteError|TypeError|ZodError|stack/
