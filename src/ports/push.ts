/**
 * Something waits for a user whose devices are all away. It does not say what, so the service that carries it
 * learns no content.
 */
export interface PushNotice {
  readonly userId: string
  readonly conversationId: string
  /** How many messages came together. */
  readonly messages: number
}

/**
 * Wakes devices that are away. A notice may come again after a crash of its sender. Rejects when the notice may not
 * have been taken: the sender repeats it some times, and then gives up.
 */
export interface Push {
  notify(notices: readonly PushNotice[]): Promise<void>
}
