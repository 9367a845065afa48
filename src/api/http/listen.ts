import { OperatorError } from '../../ports/errors/operator-error.ts'
import type { Api } from '../api-deps.ts'

export interface ListenAddress {
  readonly host: string
  readonly port: number
}

const advice = (code: string, { host, port }: ListenAddress): string | undefined => {
  switch (code) {
    case 'EADDRINUSE':
      return `BACKSCROLL_PORT: another program listens on ${host}:${port}: stop it, or set a free port`
    case 'EADDRNOTAVAIL':
      return `BACKSCROLL_HOST: ${host} is no address of this machine: set one that it has, or 0.0.0.0 for all of them`
    case 'EACCES':
      return `BACKSCROLL_PORT: this user may not listen on ${port}: set a port from 1024 on, with a proxy in front of it`
    case 'EAFNOSUPPORT':
      return `BACKSCROLL_HOST: this machine has no addresses of the kind of ${host}: set an IPv4 address`
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `BACKSCROLL_HOST: nobody knows an address of the name ${host}: set an address of this machine`
    default:
      return undefined
  }
}

/** In an operator's words, if it concerns the address. */
export const listenTrouble = (error: unknown, address: ListenAddress): unknown => {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const line = advice(code, address)
  return line === undefined ? error : new OperatorError(line, { cause: error })
}

/** Answers the base URL. Rejects with an `OperatorError` where nobody can listen. */
export const listen = async (api: Api, { host, port }: ListenAddress): Promise<string> => {
  try {
    return await api.listen({ host, port })
  } catch (error) {
    throw listenTrouble(error, { host, port })
  }
}
