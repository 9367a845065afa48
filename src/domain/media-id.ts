/**
 * The name of an uploaded file: 24 random bytes as base64url. Nobody can guess one, and it is safe in a path, a URL and
 * the name of an object.
 */
export const isMediaId = (text: string): boolean => /^[A-Za-z0-9_-]{32}$/.test(text)
