import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { MongoClient } from 'mongodb'
import pg from 'pg'
import { credentials } from './credentials.ts'
import { runningDaemon } from './daemon.ts'
import type { Engine, NativeWay, Progress } from './engine.ts'
import { buildModule } from './golang.ts'
import { goMissing } from './golang-version.ts'
import { exists, layout } from './layout.ts'
import { postgres } from './postgres.ts'
import { nativeVersions, ports } from './versions.ts'

const version = nativeVersions.ferretdb
const user = 'backscroll'
const database = 'ferretdb'

const program = (): string => join(layout.builds, `ferretdb-${version}`)
const data = (): string => join(layout.data, 'mongodb')

const build = (progress: Progress): Promise<void> =>
  buildModule({
    module: 'github.com/FerretDB/FerretDB',
    version: `v${version}`,
    package: './cmd/ferretdb',
    output: program(),
    progress,
    // It refuses to start without this file, which the module lacks.
    prepare: async (source) => writeFileSync(join(source, 'build', 'version', 'version.txt'), `v${version}\n`),
  })

const postgresUrl = (name: string): string => {
  const url = new URL(postgres.url(runningDaemon('postgres')?.port ?? ports.postgres, credentials()))
  url.pathname = `/${name}`
  return url.href
}

/**
 * It takes a second connection while it holds one: of its default of four, four such calls wait for each other for ever. It asks for
 * `_jsonb->$1 @> $2`, for which no index can serve until the first parameter is known: each execution gets a plan of its own.
 */
const pooledUrl = (): string => {
  const url = new URL(postgresUrl(database))
  url.searchParams.set('pool_max_conns', '100')
  url.searchParams.set('plan_cache_mode', 'force_custom_plan')
  return url.href
}

/**
 * Its indexes are B-trees, which `@>` cannot use, so that it reads whole tables to find one `_id`. Beside each of them this makes one that can,
 * over the first field.
 */
const indexContained = `
CREATE OR REPLACE FUNCTION index_contained() RETURNS event_trigger LANGUAGE plpgsql AS $$
DECLARE made record; field text;
BEGIN
  FOR made IN
    SELECT i.indrelid::regclass AS "table", i.indexrelid, pg_get_indexdef(i.indexrelid, 1, true) AS first
    FROM pg_event_trigger_ddl_commands() c JOIN pg_index i ON i.indexrelid = c.objid AND c.object_type = 'index'
    JOIN pg_class k ON k.oid = i.indexrelid JOIN pg_am a ON a.oid = k.relam AND a.amname = 'btree'
  LOOP
    field := substring(made.first FROM '^\\(_jsonb -> ''([A-Za-z_]+)''::text\\)$');
    CONTINUE WHEN field IS NULL;
    EXECUTE format('CREATE INDEX IF NOT EXISTS %I ON %s USING gin ((_jsonb->%L) jsonb_path_ops) WITH (fastupdate = off)',
      'contained_' || made.indexrelid, made."table", field);
  END LOOP;
END $$;
DROP EVENT TRIGGER IF EXISTS index_contained;
CREATE EVENT TRIGGER index_contained ON ddl_command_end WHEN TAG IN ('CREATE INDEX') EXECUTE FUNCTION index_contained()`

const connected = async (name: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> => {
  const client = new pg.Client({ connectionString: postgresUrl(name) })
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}

const createDatabase = async (): Promise<void> => {
  await connected('postgres', async (client) => {
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [database])
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${database}`)
  })
  await connected(database, (client) => client.query(indexContained))
}

/**
 * MongoDB's protocol by FerretDB, with PostgreSQL behind it. Not with SQLite: that backend asks SQL for `_id` alone and filters everything
 * else in memory, so a find by equality with a sort measured 3 a second among 4,000 documents against PostgreSQL's 44, an upsert by
 * `_id` 59 against 423.
 */
const ferretdb: NativeWay = {
  needs: ['postgres'],
  missing: () => (exists(program()) ? undefined : goMissing()),
  prepare: async (_port, progress) => {
    mkdirSync(data(), { recursive: true })
    await build(progress)
    await createDatabase()
  },
  daemon: (port) => ({
    command: program(),
    args: ['--listen-addr', `127.0.0.1:${port}`, '--debug-addr=-', '--telemetry=disable', '--log-level=ERROR'],
    cwd: data(),
    // In the environment, not on the command line, which everybody may read.
    env: {
      FERRETDB_POSTGRESQL_URL: pooledUrl(),
      FERRETDB_TEST_ENABLE_NEW_AUTH: 'true',
      FERRETDB_SETUP_DATABASE: 'admin',
      FERRETDB_SETUP_USERNAME: user,
      FERRETDB_SETUP_PASSWORD: credentials().mongodbPassword,
    },
  }),
  data,
}

export const mongodb: Engine = {
  name: 'mongodb',
  url: (port, { mongodbPassword }) => `mongodb://${user}:${mongodbPassword}@127.0.0.1:${port}/?authSource=admin`,
  probe: async (url) => {
    const client = new MongoClient(url, { serverSelectionTimeoutMS: 2000 })
    try {
      await client.db('admin').listCollections().toArray()
      return `FerretDB ${version}`
    } finally {
      await client.close()
    }
  },
  container: (_port, { mongodbPassword }) => ({
    port: 27_017,
    environment: { MONGO_INITDB_ROOT_USERNAME: user, MONGO_INITDB_ROOT_PASSWORD: mongodbPassword },
  }),
  native: ferretdb,
}
