import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A fresh data directory below the system's temporary one. */
export const temporaryDirectory = (): { readonly path: string; remove(): void } => {
  const path = mkdtempSync(join(tmpdir(), 'backscroll-log-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}
