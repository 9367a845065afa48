import type { ReadReq, ReadResp } from '@eventstore/db-client/generated/streams_pb.js'
import type { ServerWritableStream } from '@grpc/grpc-js'
import type { FaultPoints } from './faults.ts'
import { unavailable } from './rpc-errors.ts'

/** The writing side of a read: waits for its reader and for a stalled server. */
export interface SocketWrites {
  /** False once nobody reads. */
  send(answer: ReadResp): Promise<boolean>
  /** Whether what was sent last waits for its reader, or for a stalled server. */
  waits(): boolean
  open(): boolean
  /** From now on what is sent goes nowhere. */
  silence(): void
  end(): void
  fail(error: object): void
  onEnd(listener: () => void): void
}

type Call = ServerWritableStream<ReadReq, ReadResp>

export const outletOf = (call: Call, faults: FaultPoints, onSent: () => void): SocketWrites => {
  const listeners: (() => void)[] = []
  let open = true
  let silent = false
  let waits = false
  let release = () => {}
  const close = () => {
    if (!open) return
    open = false
    release()
    for (const listener of listeners) listener()
  }
  const drained = () =>
    new Promise<void>((resolve) => {
      release = resolve
      call.once('drain', resolve)
    })
  const outlet: SocketWrites = {
    async send(answer) {
      waits = true
      await faults.flowing()
      if (open && !silent) {
        onSent()
        if (!call.write(answer)) await drained()
      }
      waits = false
      return open
    },
    waits: () => waits,
    open: () => open,
    silence() {
      silent = true
    },
    end() {
      if (open) call.end()
      close()
    },
    fail(error) {
      if (open) call.emit('error', error)
      close()
    },
    onEnd: (listener) => void listeners.push(listener),
  }
  listeners.push(faults.onEndReads((how) => (how === 'error' ? outlet.fail(unavailable()) : outlet.end())))
  call.on('cancelled', close)
  call.on('error', close)
  return outlet
}
