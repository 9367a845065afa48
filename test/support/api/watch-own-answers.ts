import { afterAll, expect } from 'vitest'
import { watchAnswers } from './watch-answers.ts'

/** For every test file: no server that it runs in its own process may give an answer that the documents do not have. */
const undocumented = new Set<string>()
watchAnswers((found) => undocumented.add(found))
afterAll(() => expect([...undocumented], 'answers that are not in /docs/openapi.json').toEqual([]))
