/** Keeps short secrets in a store that somebody else may read. */
export interface Sealer {
  /** `context` is not hidden; what is sealed for one opens for no other. */
  seal(text: string, context: string): Promise<string>
  /** Undefined for what was not sealed here for this context. */
  open(sealed: string, context: string): Promise<string | undefined>
}
