import { SingleBar } from 'cli-progress'

/** How far a long command has come: a bar on a terminal, otherwise a line now and then. */
export interface Progress {
  /** Begins a stage. `total` is 0 where nobody knows it. Returns a function that reports how much is done. */
  stage(name: string, total: number): (done: number) => void
  /** Leaves the terminal with an empty line to write on. */
  end(): void
}

export type ProgressStream = NodeJS.WriteStream | (NodeJS.WritableStream & { readonly isTTY?: boolean })

/** A stage of a second or two is not worth a line. */
const lineEveryMs = 5_000

const silent: Progress = { stage: () => () => {}, end: () => {} }

const counted = (name: string, done: number, total: number): string => {
  const count = done.toLocaleString('en')
  return total === 0 ? `${name}: ${count}` : `${name}: ${count} of ${total.toLocaleString('en')}`
}

const createLines = (stream: ProgressStream, now: () => number): Progress => ({
  stage: (name, total) => {
    let saidAt = now()
    return (done) => {
      if (now() - saidAt < lineEveryMs) return
      saidAt = now()
      stream.write(`${counted(name, done, total)}\n`)
    }
  },
  end: () => {},
})

const createBars = (stream: ProgressStream): Progress => {
  let bar: SingleBar | undefined
  const end = (): void => {
    bar?.stop()
    bar = undefined
  }
  const stage = (name: string, total: number) => {
    end()
    const begun = new SingleBar({
      format: total === 0 ? '{text}' : '[{bar}] {text}',
      ...{ stream, barsize: 24, barCompleteChar: '#', barIncompleteChar: '.', clearOnComplete: true, hideCursor: true },
    })
    begun.start(total === 0 ? Number.MAX_SAFE_INTEGER : total, 0, { text: counted(name, 0, total) })
    bar = begun
    return (done: number): void => begun.update(done, { text: counted(name, done, total) })
  }
  return { stage, end }
}

export interface ProgressOptions {
  /** A program reads the answer: nothing is shown. */
  readonly json?: true
}

/** On standard error. */
export const createProgress = ({ json }: ProgressOptions, stream: ProgressStream, now: () => number): Progress => {
  if (json) return silent
  return stream.isTTY === true ? createBars(stream) : createLines(stream, now)
}
