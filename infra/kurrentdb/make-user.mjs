// Makes the user of the roles in KurrentDB, with just the rights that they need (docs/operations.md, "A user of the event log"). Does no harm when it is run again.
import { EventStoreDBClient } from '@eventstore/db-client'

const { KURRENTDB_HOST = 'kurrentdb:2113', KURRENTDB_ADMIN_PASSWORD = '', KURRENTDB_PASSWORD = '' } = process.env
const { NODE_EXTRA_CA_CERTS = '' } = process.env
const name = 'backscroll'

const body = JSON.stringify({ loginName: name, fullName: 'Backscroll', groups: [name], password: KURRENTDB_PASSWORD })
const authorization = `Basic ${Buffer.from(`admin:${KURRENTDB_ADMIN_PASSWORD}`).toString('base64')}`
const answer = await fetch(`https://${KURRENTDB_HOST}/users/`, {
  method: 'POST',
  headers: { 'content-type': 'application/json', authorization },
  body,
})
const conflict = 409
if (!answer.ok && answer.status !== conflict)
  throw new Error(`KurrentDB answers ${answer.status} where the user ${name} is to be made`)

const credentials = `admin:${encodeURIComponent(KURRENTDB_ADMIN_PASSWORD)}`
const client = EventStoreDBClient.connectionString(
  `esdb://${credentials}@${KURRENTDB_HOST}?tls=true&tlsCAFile=${NODE_EXTRA_CA_CERTS}`,
)
await client.setStreamMetadata('$all', { acl: { readRoles: ['$admins', name] } })
process.exit(0)
