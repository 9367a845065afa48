import { type TextParts, textFrame } from './websocket-frame.ts'

/** What one session gets in this turn of the event loop: answers first, then pushes in their order [T3]. */
export interface Outbox {
  /** Finished frames. */
  replies: string
  /** Finished frames that precede `tail`; buffers are shared with other sessions. */
  parts: (string | Buffer)[] | undefined
  tail: string
  /** JSON texts joined by commas, not yet in a frame. */
  events: string
  receipts: string
  bytes: number
}

export const createOutbox = (): Outbox => ({
  replies: '',
  parts: undefined,
  tail: '',
  events: '',
  receipts: '',
  bytes: 0,
})

const joined = (list: string, text: string): string => (list === '' ? text : `${list},${text}`)

export const addReply = (outbox: Outbox, text: string): void => {
  outbox.replies += textFrame(text)
  outbox.bytes += text.length
}

export const addEvent = (outbox: Outbox, text: string): void => {
  outbox.events = joined(outbox.events, text)
  outbox.bytes += text.length
}

export const addReceipt = (outbox: Outbox, text: string): void => {
  outbox.receipts = joined(outbox.receipts, text)
  outbox.bytes += text.length
}

/** A finished frame, after the events so far. */
export const addFrame = (outbox: Outbox, frame: string): void => {
  closeEvents(outbox)
  outbox.tail += frame
  outbox.bytes += frame.length
}

export const addShared = (outbox: Outbox, frame: Buffer): void => addParts(outbox, [frame])

/** A finished frame in parts. */
export const addParts = (outbox: Outbox, frame: TextParts): void => {
  closeEvents(outbox)
  outbox.parts ??= []
  if (outbox.tail !== '') outbox.parts.push(outbox.tail)
  outbox.tail = ''
  for (const part of frame) {
    outbox.parts.push(part)
    outbox.bytes += part.length
  }
}

/** An `events` push; `events` and `receipts` are JSON texts joined by commas. */
export const eventsText = (events: string, receipts: string): string =>
  receipts === ''
    ? `{"type":"events","events":[${events}]}`
    : `{"type":"events","events":[${events}],"receipts":[${receipts}]}`

const closeEvents = (outbox: Outbox): void => {
  if (outbox.events === '' && outbox.receipts === '') return
  outbox.tail += textFrame(eventsText(outbox.events, outbox.receipts))
  outbox.events = ''
  outbox.receipts = ''
}

export interface Writable {
  write(chunk: string | Buffer, encoding?: 'latin1'): boolean
  cork(): void
  uncork(): void
}

/** One system call for everything. */
export const writeOutbox = (outbox: Outbox, socket: Writable): void => {
  closeEvents(outbox)
  const { replies, parts, tail } = outbox
  if (parts === undefined) return void socket.write(replies + tail, 'latin1')
  const chunks = [replies, ...parts, tail].filter((chunk) => chunk.length > 0)
  if (chunks.length > 1) socket.cork()
  for (const chunk of chunks) writeChunk(socket, chunk)
  if (chunks.length > 1) socket.uncork()
}

const writeChunk = (socket: Writable, chunk: string | Buffer): void => {
  if (typeof chunk === 'string') socket.write(chunk, 'latin1')
  else socket.write(chunk)
}
