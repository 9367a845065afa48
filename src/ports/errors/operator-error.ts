/**
 * An error that only the person who runs the server can resolve. The message is one line that says what to do; it
 * is shown without a stack.
 */
export class OperatorError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'OperatorError'
  }
}
