import type { Plugin } from 'rolldown'

/**
 * What ts-mls and its HPKE library ask for only under other cipher suites than the SDK's, and where there is no global
 * `crypto`. No application has them, and its bundler must not look for them.
 */
const absent = [
  /^@hpke\/(chacha20poly1305|dhkem-x448|hybridkem-x-wing|ml-kem)$/,
  /^@noble\/(curves|post-quantum)\//,
  /^@noble\/ciphers\/chacha\.js$/,
]

const isAbsent = (source: string, importer: string | undefined): boolean =>
  absent.some((name) => name.test(source)) || (source === 'crypto' && importer?.includes('/@hpke/') === true)

const id = '\0absent'

export const leaveOutAbsentModules: Plugin = {
  name: 'leave out absent modules',
  resolveId: {
    order: 'pre',
    handler: (source, importer) => (isAbsent(source, importer) ? { id, external: false } : undefined),
  },
  load: (wanted) => (wanted === id ? "throw new Error('Not part of @backscroll/client')" : undefined),
}
