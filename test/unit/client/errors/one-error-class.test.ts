import { describe, expect, it } from 'vitest'
import {
  BackscrollError,
  shownError,
  toBackscrollError,
} from '../../../../packages/client/src/errors/backscroll-error.ts'
import { E2eeError } from '../../../../packages/client/src/errors/e2ee-error.ts'
import { createErrorReport } from '../../../../packages/client/src/events/error-report.ts'
import * as sdk from '../../../../packages/client/src/index.ts'

const below = new Error('the cipher says no')
const fault = new E2eeError('wrong_key', { deviceId: 'phone' }, below)

describe('A fault of another device', () => {
  it('is the one error class of the SDK, with its code, its details and its cause', () => {
    expect(fault).toBeInstanceOf(BackscrollError)
    expect(fault).toMatchObject({
      ...{ name: 'BackscrollError', code: 'wrong_key', temporary: false, cause: below },
      details: { deviceId: 'phone' },
    })
    expect(Object.keys(sdk).filter((name) => name.endsWith('Error'))).toEqual(['BackscrollError'])
  })

  it('is told to the application under its own code, also where the SDK had wrapped it', () => {
    const told: unknown[] = []
    const feed = { hears: () => true, signal: (signal: object) => void told.push(signal) }
    const { tell } = createErrorReport(feed)
    tell(fault)
    tell(toBackscrollError(fault))
    expect(told).toEqual([
      { type: 'error', error: fault },
      { type: 'error', error: fault },
    ])
  })

  it('does not decide by itself that the SDK gives up what met it', () => {
    expect(toBackscrollError(fault)).toMatchObject({ code: 'internal', temporary: true, cause: fault })
  })
})

it('a foreign error becomes internal, with what was thrown as its cause', () => {
  expect(shownError(below)).toMatchObject({ code: 'internal', message: below.message, cause: below })
})
