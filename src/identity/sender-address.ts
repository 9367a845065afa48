import { isIPv4, isIPv6 } from 'node:net'

/** The sender of a request, as far as the request shows it before anything is proved. */
export interface Sender {
  readonly address: string
  /** A browser that has signed in with this login name before: its own name, which nobody else knows. */
  readonly known?: string | undefined
}

const groupsOf = (half: string): readonly string[] => (half === '' ? [] : half.split(':'))

/** The eight groups of an address that `isIPv6` has let through and URL has normalised. */
const expanded = (address: string): readonly string[] => {
  const written = new URL(`http://[${address}]`).hostname.slice(1, -1)
  const [head = '', tail] = written.split('::')
  const [front, back] = [groupsOf(head), groupsOf(tail ?? '')]
  const missing = tail === undefined ? 0 : 8 - front.length - back.length
  return [...front, ...Array<string>(missing).fill('0'), ...back]
}

const isMapped = (groups: readonly string[]): boolean =>
  groups.slice(0, 5).every((group) => group === '0') && groups[5] === 'ffff'

const ipv4Of = (groups: readonly string[]): string =>
  groups
    .slice(6)
    .map((group) => Number.parseInt(group, 16))
    .flatMap((value) => [value >> 8, value & 255])
    .join('.')

const begin = (address: string, groups: number): string => {
  const [plain = ''] = address.split('%')
  if (isIPv4(plain) || !isIPv6(plain)) return plain
  const parts = expanded(plain)
  return isMapped(parts) ? ipv4Of(parts) : `${parts.slice(0, groups).join(':')}::/${16 * groups}`
}

/** What one subscriber has: an IPv4 address, however it is written, or the first half of an IPv6 address. */
export const networkOf = (address: string): string => begin(address, 4)

/** A customer of a provider may have many networks within this: the first 48 bits of an IPv6 address. */
export const siteOf = (address: string): string => begin(address, 3)
