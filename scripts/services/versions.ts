/** Everything that is pinned: what `services:up` runs and where it listens. Change a version here and nowhere else. */

export const engineNames = ['redis', 'postgres', 'kafka', 'mongodb', 's3', 'kurrentdb'] as const

export type EngineName = (typeof engineNames)[number]

/** Ports on 127.0.0.1, away from the engines' own so that nothing collides with one that runs already. */
export const ports: Record<EngineName, number> = {
  redis: 16379,
  postgres: 15432,
  kafka: 19092,
  mongodb: 17017,
  s3: 19000,
  kurrentdb: 12113,
}

/** Redis and PostgreSQL come from the distribution, whose version they have; the rest is built or fetched at exactly this one. */
export const nativeVersions = {
  kafka: '4.3.1',
  kafkaScala: '2.13',
  mavenDependencyPlugin: '3.6.1',
  log4j: '2.25.4',
  ferretdb: '1.24.2',
  /** The newest MinIO that Go's module proxy serves: the single-drive server, Apache 2.0. */
  minio: 'v0.0.0-20210407225602-2899cc92b45f',
  /** MinIO's own pin is older than what today's Go links. */
  minioSys: 'v0.33.0',
}

/** Images for the machine that has a Docker engine; Testcontainers uses the same. */
export const images: Record<EngineName, string> = {
  redis: 'redis:7.4.2-alpine',
  postgres: 'postgres:17.4-alpine',
  kafka: `apache/kafka:${nativeVersions.kafka}`,
  mongodb: 'mongo:7.0.16',
  s3: 'minio/minio:RELEASE.2025-04-22T22-12-26Z',
  kurrentdb: 'kurrentplatform/kurrentdb:26.1',
}
