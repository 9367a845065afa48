/** The result of one check: nothing, with a word on what was seen, or a finding, with what resolves it. */
export interface Finding {
  /** What was checked. */
  readonly check:
    | 'settings'
    | 'directory'
    | 'log'
    | 'views'
    | 'accounts'
    | 'reactions'
    | 'blobs'
    | 'files'
    | 'push'
    | 'disk'
    | 'clock'
  readonly ok: boolean
  /** Nothing is broken, but something should be changed. */
  readonly warning?: true
  /** One line. */
  readonly line: string
}

export const fine = (check: Finding['check'], line: string): Finding => ({ check, ok: true, line })
export const warning = (check: Finding['check'], line: string): Finding => ({ check, ok: true, warning: true, line })
export const wrong = (check: Finding['check'], line: string): Finding => ({ check, ok: false, line })
