/** The SHA-256 of a blob, as hex: its name. Whatever else somebody asks for is no blob. */
export const blobHash = /^[0-9a-f]{64}$/

export const isBlobHash = (text: string): boolean => blobHash.test(text)
