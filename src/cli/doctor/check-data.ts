import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { blobTrouble } from '../../adapters/embedded/blobs/check-blob.ts'
import { checkViewsFile } from '../../adapters/embedded/documents/check-views.ts'
import { openEmbeddedDocumentReader } from '../../adapters/embedded/documents/open-documents.ts'
import { restoreAccounts } from '../../adapters/sql/database/damaged-accounts.ts'
import { accountsTrouble, countParkedReactions } from '../../adapters/sql/database/read-accounts-file.ts'
import type { DocumentReader } from '../../ports/document-store.ts'
import { createViewCatalog } from '../../projections/runner/generations/view-catalog.ts'
import { readParked } from '../../projections/runner/runner-meta.ts'
import { type Finding, fine, wrong } from './check.ts'

export const checkAccounts = (directory: string): Finding => {
  if (!existsSync(join(directory, 'accounts.db'))) return fine('accounts', 'there are none yet')
  const trouble = accountsTrouble(directory)
  if (trouble === undefined) return fine('accounts', 'accounts.db is whole')
  return wrong('accounts', `accounts.db is damaged (${trouble}): ${restoreAccounts}`)
}

const rebuildViews = 'stop the server, delete views.db, and start it: they are made anew from the log'

const viewsFile = (directory: string): Finding => {
  if (!existsSync(join(directory, 'views.db'))) return fine('views', 'there are none yet')
  return fine('views', `all ${checkViewsFile(directory)} documents are whole`)
}

const parkedIn = async (documents: DocumentReader): Promise<Finding> => {
  const parked = (await readParked(documents, 'live')).size
  if (parked === 0) return fine('views', 'no stream is parked')
  return wrong(
    'views',
    `the views of ${parked} streams stand still: ${rebuildViews}, with a version that can fold them`,
  )
}

const page = 500

const hashesIn = async function* (documents: DocumentReader): AsyncGenerator<string> {
  const collection = (await createViewCatalog(documents)).collection('blobs')
  for (let after = ''; ; ) {
    const found = await documents.find(collection, {
      key: { gt: after },
      orderBy: { field: 'key', direction: 'ascending' },
      limit: page,
    })
    for (const { document } of found) yield String(document.hash)
    const last = found.at(-1)
    if (last === undefined || found.length < page) return
    after = last.key
  }
}

const blobsIn = async (documents: DocumentReader, directory: string): Promise<Finding> => {
  let seen = 0
  const bad = { missing: 0, damaged: 0 }
  for await (const hash of hashesIn(documents)) {
    seen += 1
    const trouble = await blobTrouble(directory, hash)
    if (trouble !== undefined) bad[trouble] += 1
  }
  if (bad.missing + bad.damaged === 0) return fine('blobs', `all ${seen} that events name are there, with their hash`)
  const text = `of ${seen} that events name ${bad.missing} are missing and ${bad.damaged} damaged`
  return wrong(
    'blobs',
    `${text}: copy \`blobs\` from a backup over the directory; devices that lack one come in from outside`,
  )
}

/** What is derived, and what the events name. Without views there is nothing to ask. */
export const checkViewsAndBlobs = async (directory: string): Promise<readonly Finding[]> => {
  const documents = await openEmbeddedDocumentReader({ directory })
  try {
    return [viewsFile(directory), await parkedIn(documents), await blobsIn(documents, directory)]
  } catch {
    return [wrong('views', `views.db is damaged: ${rebuildViews}`)]
  } finally {
    await documents.close()
  }
}

/** Reactions to events that failed. */
export const reactionsFinding = (parked: number): Finding => {
  if (parked === 0) return fine('reactions', 'no reaction to an event is parked')
  const mend = 'mend the cause that `backscroll reactions list` shows, then run `backscroll reactions retry`'
  return wrong('reactions', `what follows from events of ${parked} streams could not be done and is parked: ${mend}`)
}

/** It is stored with the accounts. */
export const checkReactions = (directory: string): Finding => reactionsFinding(countParkedReactions(directory))
