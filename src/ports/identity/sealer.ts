/** Seals short secrets for a store that somebody else may read. */
export interface Sealer {
  /** `context` is not hidden. What is sealed for one context opens for no other. */
  seal(text: string, context: string): Promise<string>
  /** Undefined for anything that was not sealed here for this context. */
  open(sealed: string, context: string): Promise<string | undefined>
}
