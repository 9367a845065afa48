/** Calls of several callers, each caller's in order, that are carried out and answered when a test says so. */
export interface SlowCalls {
  /** Carried out later; resolves later still. */
  call<Result>(caller: string, work: () => Promise<Result>): Promise<Result>
  /** Carries out the caller's oldest call that was not yet. */
  carryOut(caller: string): Promise<void>
  /** Answers the caller's oldest call, if it was carried out. */
  answer(caller: string): void
  /** The caller's oldest call fails, whether it was carried out or not. */
  fail(caller: string): void
  /** The callers that wait for an answer. */
  waiting(): readonly string[]
}

interface Call {
  readonly carryOut: () => Promise<void>
  readonly answer: () => void
  readonly fail: () => void
  isDone: boolean
}

export const createSlowCalls = (): SlowCalls => {
  const waiting = new Map<string, Call[]>()
  const of = (caller: string): Call[] => waiting.get(caller) ?? []

  const carryOut = async (caller: string): Promise<void> => {
    const call = of(caller).find(({ isDone }) => !isDone)
    if (call === undefined) return
    call.isDone = true
    await call.carryOut()
  }

  const answer = (caller: string): void => {
    if (of(caller)[0]?.isDone === true) of(caller).shift()?.answer()
  }

  return {
    call: <Result>(caller: string, work: () => Promise<Result>) => {
      const answered = Promise.withResolvers<void>()
      let result: Promise<Result> | undefined
      const call: Call = {
        carryOut: async () => {
          result = work()
          await result.catch(() => undefined)
        },
        answer: answered.resolve,
        fail: () => answered.reject(new Error('no answer')),
        isDone: false,
      }
      waiting.set(caller, [...of(caller), call])
      return answered.promise.then(() => result ?? work())
    },
    carryOut,
    answer,
    fail: (caller) => of(caller).shift()?.fail(),
    waiting: () => [...waiting.keys()].filter((caller) => of(caller).length > 0),
  }
}
