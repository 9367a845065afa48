/** Apart from the command, so that showing it loads none of the engines' libraries. */
export const migrateHelp = `
What to do:
  1. Bring up the engines and name them: BACKSCROLL_KURRENTDB_URL, _KAFKA_BROKERS, _MONGODB_URL, _REDIS_URL, _POSTGRES_URL, _S3_URL,
     and BACKSCROLL_CLUSTER and BACKSCROLL_PARTITIONS as the cluster will have them. Event log and accounts database must be empty.
  2. Stop the embedded server. The command refuses while one holds the data directory.
  3. BACKSCROLL_DATA=./data npx backscroll migrate --from embedded --to cluster
  4. Give the processes of the cluster the folder keys of the data directory, or all tokens become invalid. Start them.

What happens:
  Events, accounts and blobs are copied; views are rebuilt; then both sides are read whole and compared, and a table is printed.
  The data directory is only read. Killed or failed, the command is run again and goes on where it stopped.
  Devices find a log of another epoch and load a snapshot when they come back; what they had not sent yet, they send then.

Exit codes: 0 everything is there; 1 something differs or failed; 78 a setting or an engine needs you, as the one line says.`
