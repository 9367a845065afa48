import { expect, test } from 'vitest'
import { displayName } from '../../../../packages/client/src/profiles/display-name.ts'

test.each([
  ['Alice', 'Alice'],
  ['  Alice   B.\tCooper ', 'Alice B. Cooper'],
  ['Zoe\u0308', 'Zo\u00eb'],
  ['\u0410\u043d\u043d\u0430 (Ann)', '\u0410\u043d\u043d\u0430 (Ann)'],
  ['\u674e\u5c0f\u9f99', '\u674e\u5c0f\u9f99'],
  ['\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645', '\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645'],
  ['\u0928\u092e\u0938\u094d\u0924\u0947', '\u0928\u092e\u0938\u094d\u0924\u0947'],
  ['\u{1f469}\u200d\u{1f680} Ada', '\u{1f469}\u200d\u{1f680} Ada'],
  ["O'Neill-Smith 3rd", "O'Neill-Smith 3rd"],
  ['x'.repeat(64), 'x'.repeat(64)],
  ['\u{1f98a}'.repeat(64), '\u{1f98a}'.repeat(64)],
])('%j may be shown', (name, shown) => {
  expect(displayName(name)).toBe(shown)
})

test.each([
  ['nothing', ''],
  ['spaces alone', ' \t\u00a0 '],
  ['marks and points alone', '...'],
  ['too long', 'x'.repeat(65)],
  ['much too long', 'x '.repeat(100_000)],
  ['a line break that is no space', 'a\u0000b'],
  ['a bell', 'a\u0007b'],
  ['a reversed order', 'ali\u202ecila'],
  ['an isolate', '\u2066alice\u2069'],
  ['a space that nobody sees', 'al\u200bice'],
  ['a soft hyphen', 'al\u00adice'],
  ['a joiner between Latin letters', 'al\u200cice'],
  ['a joiner at the end', 'alice\u200d'],
  ['two joiners in a row', '\u0645\u200c\u200c\u062e'],
  ['a filler', 'alice\u3164'],
  ['an invisible tag', 'alice\u{e0041}'],
  ['a lone surrogate', 'alice\ud800'],
  ['a private character', 'alice\ue000'],
  ['Cyrillic letters in a Latin word', 'p\u0430ypal'],
  ['Greek letters in a Latin word', '\u0391lice'],
  ['heaps of marks', `a${'\u0301\u0302\u0303\u0304\u0305\u0306'}`],
])('%s may not be shown', (_what, name) => {
  expect(displayName(name)).toBeUndefined()
})

test('a name that was made fit stays as it is', () => {
  for (const name of ['  A  b ', 'Zoe\u0308', '\u1e9b\u0323']) {
    const shown = displayName(name)
    expect(shown === undefined ? undefined : displayName(shown)).toBe(shown)
  }
})
