import type { Bucket } from '../../../ports/rate-limits.ts'
import { networkOf, type Sender, siteOf } from '../../sender-address.ts'
import { perMinute } from '../rate-limiter.ts'

/**
 * By network over all login names, and by login name over all networks, as a multiple of the limit for one pair of
 * both.
 */
const wider = 5
/** By the network of a whole IPv6 customer, which contains 65,536 of the smaller ones. */
const widest = 10 * wider

/** The same for anything that can be guessed: `what` names it, `of` its owner. */
export const guessLimits = (what: string, of: string, { address }: Sender, count: number): readonly Bucket[] => {
  const [network, site] = [networkOf(address), siteOf(address)]
  return [
    perMinute(`${what} both ${of}\n${network}`, count),
    perMinute(`${what} network ${network}`, wider * count),
    perMinute(`${what} of ${of}`, wider * count),
    ...(site === network ? [] : [perMinute(`${what} site ${site}`, widest * count)]),
  ]
}

/**
 * Attempts to sign in. A browser that has signed in with this name before has its own limit: guesses by others,
 * from however many addresses, do not lock it out.
 */
export const signInLimits = (login: string, sender: Sender, count: number): readonly Bucket[] =>
  sender.known === undefined
    ? guessLimits('sign-in', login, sender, count)
    : [perMinute(`sign-in known ${sender.known}`, count)]
