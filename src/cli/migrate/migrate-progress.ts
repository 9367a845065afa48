/** One line that is written over again and again, on a terminal; nothing anywhere else. */
export interface Progress {
  /** Begins a stage. `total` is 0 where nobody knows it. Returns what tells how much is done. */
  stage(name: string, total: number): (done: number) => void
  /** Leaves the terminal with an empty line to write on. */
  end(): void
}

const everyMs = 100
const barLength = 24
const clearLine = '\r\x1b[2K'

const barOf = (done: number, total: number): string => {
  const full = Math.min(barLength, Math.round((done / total) * barLength))
  return `[${'#'.repeat(full)}${'.'.repeat(barLength - full)}] `
}

const lineOf = (name: string, done: number, total: number): string => {
  const count = done.toLocaleString('en')
  return total === 0 ? `${name}: ${count}` : `${barOf(done, total)}${name}: ${count} of ${total.toLocaleString('en')}`
}

export type Terminal = Pick<NodeJS.WriteStream, 'isTTY' | 'write'>

export const createProgress = (terminal: Terminal, now: () => number): Progress => {
  if (!terminal.isTTY) return { stage: () => () => {}, end: () => {} }
  return {
    stage: (name, total) => {
      let shownAt = Number.NEGATIVE_INFINITY
      const show = (done: number): void => {
        if (now() - shownAt < everyMs && done < total) return
        shownAt = now()
        terminal.write(clearLine + lineOf(name, done, total))
      }
      show(0)
      return show
    },
    end: () => void terminal.write(clearLine),
  }
}
