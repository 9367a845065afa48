import { createProgress, type ProgressOptions } from '../progress.ts'

/** How far a scan of the event log has come. */
export const scanProgress = (options: ProgressOptions) => {
  const progress = createProgress(options, process.stderr, () => performance.now())
  let show: ((done: number) => void) | undefined
  return {
    onProgress: (position: number, head: number): void => {
      show ??= progress.stage('Checking events', head)
      show(position)
    },
    end: progress.end,
  }
}
