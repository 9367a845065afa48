/**
 * What shows that a request comes from the device that its token names: a DPoP proof (RFC 9449) by the device's
 * registered key. Over REST in the header `DPoP`, on a socket in the frame.
 */
export const proofHeader = 'dpop'
/** In this header the server tells what the next proof has to contain. */
export const proofNonceHeader = 'dpop-nonce'
/** The resource that a proof for a socket is for, with the method GET. */
export const socketPath = '/ws'

export const proofLimits = { characters: 2048 } as const

/** `details.reason` of `invalid_dpop_proof`, with its meaning. */
export const proofFaults = {
  missing: 'The device has registered a key, but the request carries no proof',
  malformed: 'The proof is not a DPoP proof (RFC 9449), or is too long',
  key: 'The proof is by another key than the one that the device has registered',
  signature: 'The signature is not by the key that the proof names',
  method: 'The proof is for another HTTP method',
  url: "The proof is for another URL than the server's public one",
  token: 'The proof is for another access token',
  challenge: "The proof does not answer this socket's challenge",
  replayed: 'The proof was used before',
} as const

export type ProofFault = keyof typeof proofFaults
