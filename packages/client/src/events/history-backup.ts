/** The backup of the history at the server, which only the recovery key opens. */
export type BackupStatus =
  /** This device writes none, and knows of none. */
  | { readonly name: 'off' }
  | {
      readonly name: 'on'
      /** When it was complete last, milliseconds since the Unix epoch; undefined: it has not been so far. */
      readonly completeAt: number | undefined
      readonly pieces: number
      /** Why the last attempt failed, as in `BackscrollError`. It is repeated. */
      readonly failed: string | undefined
    }
  /** Another device writes it. */
  | { readonly name: 'elsewhere'; readonly deviceId: string; readonly completeAt: number }
  /** It is being read here; this device goes on with it afterwards. */
  | { readonly name: 'restoring'; readonly piece: number; readonly pieces: number; readonly messages: number }
  /** What the server has is not what a device of the user wrote: `reason` as for transfers. */
  | { readonly name: 'unreadable'; readonly reason: string }
