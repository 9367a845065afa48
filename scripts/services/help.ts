import { engineNames, ports } from './versions.ts'

export const help = `Real engines for the tests: Redis, PostgreSQL, Kafka, MongoDB, S3 and KurrentDB, on this machine and for it alone.

  npm run services:up                        bring up what this machine can have, and wait until it serves
  npm run services:status                    what runs, and why the rest does not
  npm run services:down                      stop them; -- --purge deletes their data as well

Options, after --:
  --only redis,kafka                         these alone (and what they need): ${engineNames.join(', ')}
  --json                                     the outcome for programs, on standard output
  --purge                                    with down: delete the data; builds and downloads stay
  --help                                     this

Where a Docker engine answers, they run in containers. Elsewhere they run as processes:
  redis, postgres    from the distribution; installed with apt-get when they are missing and you are root
  kafka              one broker, its jars fetched by mvn; needs Java 17
  mongodb            FerretDB, built by go, with PostgreSQL behind it
  s3                 MinIO, built by go
  kurrentdb          as a container only; the tests have a double of its protocol instead

What a tool is missing for is reported and is no failure. What should work and does not makes the exit code 1.
The first time builds for some minutes; after that, seconds.

They listen on 127.0.0.1: ${engineNames.map((name) => `${name} ${ports[name]}`).join(', ')}; on another port if that one is taken.
Everything is in .services/, which git ignores: state.json (URLs with credentials, generated for this checkout; readable by you alone),
logs/, data/ and builds/. A second \`up\` leaves alone what serves already. npm test finds the engines by itself.
`
