/**
 * The id of an uploaded file: 24 random bytes as base64url. It cannot be guessed, and is safe in a path, a URL and
 * an object name.
 */
export const isMediaId = (text: string): boolean => /^[A-Za-z0-9_-]{32}$/.test(text)
