import { expect, test } from 'vitest'
import { createKafkaClients } from '../../../src/adapters/kafka/client.ts'

test('a file of authorities that cannot be read is named by its setting', () => {
  const logger = { warn: () => {} }
  expect(() => createKafkaClients({ brokers: ['kafka:9092'], tls: { caFile: '/no/such/file' }, logger })).toThrow(
    /^BACKSCROLL_KAFKA_TLS_CA_FILE: the file cannot be read$/,
  )
})
