import type { Row } from '../report/row.ts'

export interface BenchContext {
  /** Empty; removed afterwards. */
  readonly directory: string
  /** Shorter and less exact. */
  readonly quick: boolean
  /** Says what is going on. */
  progress(text: string): void
}

export interface Bench {
  readonly name: string
  readonly title: string
  /** How it is measured, for a reader of the table. */
  readonly method: string
  run(context: BenchContext): Promise<readonly Row[]>
}
