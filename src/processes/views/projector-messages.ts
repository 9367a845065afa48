import type { ViewsAnswer, ViewsAsk } from '../../projections/views-control.ts'

/** What the main thread and the projector's thread say to each other. */
export type ToProjector =
  | { readonly kind: 'head'; readonly position: bigint }
  | { readonly kind: 'asked'; readonly id: number; readonly asked: ViewsAsk }
  | { readonly kind: 'close' }

/** `Finding`: how the log that it reads tells of damage. */
export type FromProjector<Finding> =
  | { readonly kind: 'started'; readonly replaced: string | undefined }
  | { readonly kind: 'progress'; readonly position: bigint }
  | { readonly kind: 'switched' }
  | { readonly kind: 'ready' }
  | { readonly kind: 'rebuilding'; readonly position: bigint; readonly target: bigint }
  | { readonly kind: 'rebuild_failed'; readonly error: string }
  | { readonly kind: 'answered'; readonly id: number; readonly answer: ViewsAnswer }
  | { readonly kind: 'parked'; readonly stream: string; readonly revision: number; readonly error: string }
  | { readonly kind: 'failed'; readonly error: string }
  | { readonly kind: 'log_damaged'; readonly finding: Finding }
