import { randomUUID } from 'node:crypto'
import { Client } from 'pg'

const onServer = async (url: string, statement: string): Promise<void> => {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

/** An empty database of its own on the server that `url` names; `remove` drops it, whoever is still connected. */
export const newPostgresDatabase = async (server: string) => {
  const name = `test_${randomUUID().replaceAll('-', '')}`
  await onServer(server, `CREATE DATABASE ${name}`)
  const url = new URL(server)
  url.pathname = name
  return {
    url: url.href,
    run: (statement: string) => onServer(url.href, statement),
    remove: () => onServer(server, `DROP DATABASE ${name} WITH (FORCE)`),
  }
}
