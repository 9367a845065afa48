/** What a generator does with one device, whatever server it talks to. */
export interface Device {
  readonly user: string
  /** Opens the direct conversation with `peer`, once, before the first `send`. */
  begin(peer: string): Promise<void>
  /** `peer`: of a direct conversation. Messages of one device to one peer are numbered from 1 by the device. */
  send(peer: string): void
  close(): void
}

export interface DeliveredEvent {
  readonly stream: string
  readonly revision: number
  /** When the server took it, milliseconds since the Unix epoch. */
  readonly at: number
}

export interface DeviceEvents {
  /** The nth message to `peer` is durable. */
  acknowledged(peer: string, number: number): void
  /** The server takes no more for now: the message goes again later. */
  refused(): void
  /** The nth message from `sender` is here; `event`: what it is to Backscroll. */
  delivered(sender: string, number: number, event?: DeliveredEvent): void
}

export interface Server {
  readonly kind: 'floor' | 'backscroll'
  /** The URL of the WebSocket. */
  readonly url: string
  /** Base URL of what is asked over HTTP. */
  readonly rest: string
}
