import type { DeviceProver } from '../sign-in/device-prover.ts'

/** The answer to the challenge that the server sends on each new socket [C1]. */
export interface ChallengeAnswer {
  /** A socket is opened with this token. */
  begin(token: string): void
  challenged(challenge: string): void
  /**
   * Resolves when the server's challenge has arrived on the present socket; undefined when this device has no key
   * to prove. `token`: if it differs from the socket's.
   */
  prove(token?: string): Promise<{ readonly proof: string }> | undefined
}

export const createChallengeAnswer = (prover: () => DeviceProver | undefined, url: string): ChallengeAnswer => {
  let openedWith = ''
  let challenged: (challenge: string) => void = () => {}
  let asked: Promise<string> = new Promise(() => {})

  const answer = async (by: DeviceProver, token: string) => ({
    proof: await by.prove({ method: 'GET', url, token, nonce: await asked }),
  })
  return {
    begin: (token) => {
      openedWith = token
      asked = new Promise((resolve) => {
        challenged = resolve
      })
    },
    challenged: (challenge) => challenged(challenge),
    prove: (token = openedWith) => {
      const by = prover()
      return by === undefined ? undefined : answer(by, token)
    },
  }
}
