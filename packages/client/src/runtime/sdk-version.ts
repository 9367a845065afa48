import manifest from '../../package.json' with { type: 'json' }

/** The version that the SDK tells the server: that of its package. */
export const sdkVersion: string = manifest.version
