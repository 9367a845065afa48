/** Something waits for a user whose devices are all away. Says nothing of what it is: whoever carries it learns no content. */
export interface PushNotice {
  readonly userId: string
  readonly conversationId: string
  /** Messages that came together. */
  readonly messages: number
}

/**
 * Wakes devices that are away. A notice may come again, after a crash of whoever hands it over. Rejects when it may not
 * have been taken: then it is handed over again, some times, and given up.
 */
export interface Push {
  notify(notices: readonly PushNotice[]): Promise<void>
}
