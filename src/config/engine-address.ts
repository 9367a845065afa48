/** Where a URL leads, without the credentials in it; undefined for one with several hosts, which only its engine can read. */
const addressOf = (url: string): string | undefined => (URL.canParse(url) ? new URL(url).host || undefined : undefined)

/** What a start does that waits for an engine: which one, where, and the setting that says so. Never a credential. */
export const connecting = (engine: string, setting: string, ...urls: readonly string[]): string => {
  const addresses = urls.map(addressOf).filter((address) => address !== undefined)
  const where = addresses.length === 0 ? '' : ` at ${addresses.join(', ')}`
  return `connecting to ${engine}${where} (${setting})`
}
