import type { RawData } from 'ws'
import { createSealer } from './ciphertext.ts'
import type { Device, DeviceEvents } from './connection.ts'
import { hangUp, openSocket } from './open-socket.ts'

type FloorFrame =
  | { readonly type: 'message'; readonly from: string; readonly id: number }
  | { readonly type: 'ack'; readonly id: number }

/** It carries the same as Backscroll does, and knows no conversations. */
const seal = createSealer('00000000-0000-4000-8000-000000000001', 0)

export const openFloorDevice = async (url: string, user: string, events: DeviceEvents): Promise<Device> => {
  const socket = await openSocket(`${url}/${user}`)
  const peers: string[] = []
  const counts = new Map<string, number>()
  const received = new Map<string, number>()

  const next = (map: Map<string, number>, key: string): number => {
    const number = (map.get(key) ?? 0) + 1
    map.set(key, number)
    return number
  }

  socket.on('message', (data: RawData) => {
    const frame: FloorFrame = JSON.parse(String(data))
    if (frame.type === 'message') return events.delivered(frame.from, next(received, frame.from))
    const peer = peers[frame.id - 1] ?? ''
    events.acknowledged(peer, next(counts, peer))
  })

  return {
    user,
    begin: async () => undefined,
    send: (to) => {
      const id = peers.push(to)
      socket.send(`{"type":"send","to":"${to}","id":${id},"payload":"${seal()}"}`)
    },
    close: () => hangUp(socket),
  }
}
