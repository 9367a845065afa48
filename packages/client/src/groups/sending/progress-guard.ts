/** A step that changes nothing, again and again, is a mistake: it must not become a storm. */
export interface ProgressGuard {
  /** A step was taken. Answers whether too many in a row led nowhere. */
  isSpinning(conversationId: string, isReady: boolean): boolean
  forget(conversationId: string): void
}

const patience = 5

export const createProgressGuard = (): ProgressGuard => {
  /** How many steps in a row may lead nowhere. */
  const spins = new Map<string, number>()
  return {
    isSpinning: (id, isReady) => {
      const count = isReady ? 0 : (spins.get(id) ?? 0) + 1
      spins.set(id, count)
      return count > patience
    },
    forget: (id) => void spins.delete(id),
  }
}
