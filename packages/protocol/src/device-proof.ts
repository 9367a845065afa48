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

/** `details.reason` of `invalid_dpop_proof`. */
export const proofFaults = {
  missing: 'there is none',
  malformed: 'it is no DPoP proof',
  key: 'it is by another key than the one that the device has registered',
  signature: 'the signature is not by the key',
  method: 'it is for another method',
  url: "it is for another URL than the server's public one",
  token: 'it is for another token',
  challenge: "it does not answer the socket's challenge",
  replayed: 'it was used before',
} as const

export type ProofFault = keyof typeof proofFaults
