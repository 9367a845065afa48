import { type OpenWebSocket, openWebSocket } from '../../../packages/client/src/platform/web-socket.ts'

const damaged = (ciphertext: string): string => {
  const bytes = Buffer.from(ciphertext, 'base64')
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
  return bytes.toString('base64')
}

/** Sockets of a server, or a disk, that damages the ciphertexts that `which` picks. */
export const createDamagingSockets = (which: (event: { type: string; actor: { userId: string } }) => boolean) => {
  const open: OpenWebSocket = (url, protocols) => {
    const real = openWebSocket(url, protocols)
    return new Proxy(real, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name)
        return typeof value === 'function' ? value.bind(target) : value
      },
      set: (target, name, value) => {
        if (name !== 'onmessage' || typeof value !== 'function') return Reflect.set(target, name, value)
        target.onmessage = ({ data }) => value({ data: damage(String(data)) })
        return true
      },
    })
  }
  const damage = (text: string): string => {
    const frame = JSON.parse(text)
    for (const event of frame.events ?? frame.result?.events ?? [])
      if (typeof event.data.ciphertext === 'string' && which(event))
        event.data.ciphertext = damaged(event.data.ciphertext)
    return JSON.stringify(frame)
  }
  return { open }
}
