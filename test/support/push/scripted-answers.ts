/** A double's answers to the next requests. `hang`: no answer. */
export type Scripted =
  | { readonly status: number; readonly body?: string; readonly headers?: Readonly<Record<string, string>> }
  | 'hang'

/** For each key: its answers in order. The last one is repeated for ever. */
export const createScript = (usual: Scripted) => {
  const scripts = new Map<string, Scripted[]>()
  return {
    answer: (to: string, ...answers: readonly Scripted[]): void => void scripts.set(to, [...answers]),
    next: (to: string): Scripted => {
      const script = scripts.get(to) ?? []
      const [first = usual] = script
      if (script.length > 1) script.shift()
      return first
    },
  }
}
