export interface BestEffortOptions {
  /** How long an answer may take. */
  readonly patienceMs: number
  /** For how long nothing is asked after there was no answer. */
  readonly restMs: number
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number
}

/** Asks for what is useful but not needed: `otherwise` when no answer comes soon, and for a while after that. */
export const createBestEffort = ({ patienceMs, restMs, now }: BestEffortOptions) => {
  let restUntil = Number.NEGATIVE_INFINITY

  const rest = <Value>(otherwise: Value): Value => {
    restUntil = now() + restMs
    return otherwise
  }

  return async <Value>(ask: () => Promise<Value>, otherwise: Value): Promise<Value> => {
    if (now() < restUntil) return otherwise
    const { promise: late, resolve } = Promise.withResolvers<undefined>()
    const timer = setTimeout(() => resolve(undefined), patienceMs)
    const asked = ask().then((value) => ({ value }))
    const answer = await Promise.race([asked, late]).catch(() => undefined)
    clearTimeout(timer)
    return answer === undefined ? rest(otherwise) : answer.value
  }
}
