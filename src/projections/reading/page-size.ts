/** A page of events or messages ends early when it reaches this many characters, by its last item at most beyond it. */
export const pageCharacters = 1024 * 1024
