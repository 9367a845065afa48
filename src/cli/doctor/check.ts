/** What one look found: nothing, with a word on what was seen, or something, with what mends it. */
export interface Finding {
  /** What was looked at. */
  readonly check: 'settings' | 'directory' | 'log' | 'views' | 'accounts' | 'reactions' | 'blobs' | 'disk' | 'clock'
  readonly ok: boolean
  /** One line. */
  readonly line: string
}

export const fine = (check: Finding['check'], line: string): Finding => ({ check, ok: true, line })
export const wrong = (check: Finding['check'], line: string): Finding => ({ check, ok: false, line })
