import { randomUUID } from 'node:crypto'
import type { Config } from '../config/config.ts'
import { createOwnMarks, type OwnMarks } from '../marks/own-marks.ts'
import type { OpenAccounts } from './identity/open-accounts.ts'

export const openMarks = (
  { marks: settings }: Pick<Config, 'marks'>,
  { users, limits }: Pick<OpenAccounts, 'users' | 'limits'>,
): OwnMarks => createOwnMarks({ users, limits, settings, newId: randomUUID, now: Date.now })
