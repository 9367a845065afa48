import type { CiphersuiteImpl } from 'ts-mls'
import { beforeAll, describe } from 'vitest'
import { mlsSuite } from '../../../packages/client/src/mls/library/mls-suite.ts'
import { mlsVectorsAreMissing } from './peer-process.ts'
import { openMlsVectors, type ReadVectors } from './vectors.ts'

export interface MlsVectors {
  readonly read: ReadVectors
  readonly cs: CiphersuiteImpl
}

const missing = await mlsVectorsAreMissing()
const cs = await mlsSuite()

/** Tests over the working group's vectors; skipped where they cannot be had. */
export const describeVectors = (of: string, tests: (vectors: MlsVectors) => void): void => {
  const why = missing === undefined ? '' : ` (skipped: ${missing})`
  describe.skipIf(missing !== undefined)(`The MLS working group's vectors of ${of}${why}`, () => {
    let opened: ReadVectors | undefined
    beforeAll(async () => {
      opened = await openMlsVectors()
    }, 300_000)
    const read: ReadVectors = (name) => {
      if (opened === undefined) throw new Error('the vectors are not open yet')
      return opened(name)
    }
    tests({ read, cs })
  })
}
