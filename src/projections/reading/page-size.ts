/** A page of events or messages ends when it reaches this many characters, so its last item may exceed it. */
export const pageCharacters = 1024 * 1024
