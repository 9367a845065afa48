import { BackscrollError } from '../errors/backscroll-error.ts'
import { type Deferred, deferred } from '../time/deferred.ts'
import { type Borrow, type Callable, type Lend, type Packed, pack, unpack } from './packed-value.ts'

export type CallMessage =
  | { readonly type: 'call'; readonly n: number; readonly on: number; readonly method: string; readonly args: Packed }
  | { readonly type: 'result'; readonly n: number; readonly value?: Packed; readonly error?: Packed }

/** The methods that the other side may call, by name. A function that was lent has the name `''`. */
export type Methods = Readonly<Record<string, Callable>>

export interface RemoteCalls {
  /**
   * Calls a method of the other side. Rejects as the method does, or with `disconnected` if the other side is
   * gone before it has answered.
   */
  call(method: string, args: readonly unknown[]): Promise<unknown>
  take(message: CallMessage): void
  end(): void
}

const offered = 0
const finished = { done: true, value: undefined } as const

const methodsOf = (target: Callable | AsyncIterable<unknown>): Methods => {
  if (typeof target === 'function') return { '': target }
  const iterator = (Symbol.asyncIterator in target ? target : fromSync(target))[Symbol.asyncIterator]()
  return { next: () => iterator.next(), return: async () => (await iterator.return?.()) ?? finished }
}

async function* fromSync(items: Iterable<unknown>): AsyncGenerator<unknown, undefined> {
  yield* items
}

/** Remote calls in both directions between two tabs, over an ordered channel. */
export const createRemoteCalls = (post: (message: CallMessage) => void, offer: Methods = {}): RemoteCalls => {
  const lent = new Map<number, Methods>([[offered, offer]])
  const open = new Map<number, Deferred<unknown>>()
  let numbers = 0
  let ended = false

  const lend: Lend = (_kind, target) => {
    numbers += 1
    lent.set(numbers, methodsOf(target))
    return numbers
  }
  const borrow: Borrow = (kind, handle) => {
    if (kind === 'function') return (...args: readonly unknown[]) => call(handle, '', args)
    const step = (method: string) => call(handle, method, []) as Promise<IteratorResult<unknown>>
    const iterator: AsyncIterableIterator<unknown> = {
      next: () => step('next'),
      return: () => step('return'),
      [Symbol.asyncIterator]: () => iterator,
    }
    return iterator
  }
  const call = (on: number, method: string, args: readonly unknown[]): Promise<unknown> => {
    if (ended) return Promise.reject(new BackscrollError('disconnected'))
    numbers += 1
    const n = numbers
    const answer = deferred<unknown>()
    open.set(n, answer)
    try {
      post({ type: 'call', n, on, method, args: pack(args, lend) })
    } catch (thrown) {
      open.delete(n)
      answer.reject(thrown)
    }
    return answer.promise
  }
  const run = async (on: number, method: string, args: Packed): Promise<unknown> => {
    const known = lent.get(on)?.[method]
    if (known === undefined) throw new BackscrollError('not_found', { message: `Another tab has no ${method}` })
    const value = await known(...(unpack(args, borrow) as readonly unknown[]))
    const isOver = method === 'return' || (method === 'next' && (value as IteratorResult<unknown>).done === true)
    if (on !== offered && isOver) lent.delete(on)
    return value
  }
  const answer = async ({ n, on, method, args }: Extract<CallMessage, { type: 'call' }>) => {
    try {
      const value = await run(on, method, args)
      if (!ended) post({ type: 'result', n, value: pack(value, lend) })
    } catch (thrown) {
      if (!ended) post({ type: 'result', n, error: pack(thrown instanceof Error ? thrown : new Error(String(thrown))) })
    }
  }
  return {
    call: (method, args) => call(offered, method, args),
    take: (message) => {
      if (message.type === 'call') return void answer(message)
      const waiting = open.get(message.n)
      open.delete(message.n)
      if (message.error !== undefined) waiting?.reject(unpack(message.error))
      else if (message.value !== undefined) waiting?.resolve(unpack(message.value, borrow))
    },
    end: () => {
      ended = true
      for (const { reject } of open.values()) reject(new BackscrollError('disconnected'))
      open.clear()
      lent.clear()
    },
  }
}
