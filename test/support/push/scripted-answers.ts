/** What a double answers to the next requests; `hang`: nothing. */
export type Scripted =
  | { readonly status: number; readonly body?: string; readonly headers?: Readonly<Record<string, string>> }
  | 'hang'

/** By whom a request is for: its answers one after the other, the last one for ever. */
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
