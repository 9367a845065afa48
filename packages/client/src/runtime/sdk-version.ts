import manifest from '../../package.json' with { type: 'json' }

/** What the SDK says to the server that it is: the version of its package. */
export const sdkVersion: string = manifest.version
