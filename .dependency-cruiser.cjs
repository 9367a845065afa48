/**
 * Imports go one way: domain <- ports <- codec <- commands, projections <- gateway, api, roles <- main, cli, compose.
 * `test/unit/structure/imports.test.ts` proves that a forbidden import fails.
 */
const layers = {
  domain: [],
  protocol: [],
  ports: ['domain'],
  codec: ['domain', 'ports'],
  // How much of something there may be at once, and how far a date is believed.
  bounds: ['protocol', 'ports'],
  // Measures wrap the commands from outside.
  observability: ['ports', 'protocol', 'commands'],
  auth: ['ports', 'protocol'],
  oauth: ['ports', 'protocol', 'auth', 'bounds'],
  commands: ['domain', 'ports', 'codec', 'protocol', 'bounds'],
  projections: ['domain', 'ports', 'codec', 'protocol'],
  gateway: ['domain', 'ports', 'protocol', 'bounds', 'commands', 'projections'],
  accounts: ['domain', 'ports', 'protocol', 'bounds'],
  // Who may bring whom into a conversation.
  consent: ['domain', 'ports', 'protocol', 'accounts', 'commands'],
  api: ['domain', 'ports', 'protocol', 'bounds', 'commands', 'projections', 'accounts', 'consent'],
  roles: ['domain', 'ports', 'codec', 'protocol', 'bounds', 'commands', 'projections'],
  client: ['protocol'],
}

/** The packages are layers too: the rest of `packages/` is what they say to npm. */
const packages = ['protocol', 'client']
const placeOf = (layer) => (packages.includes(layer) ? `packages/${layer}/src` : `src/${layer}`)

const layerRules = Object.entries(layers).map(([layer, allowed]) => ({
  name: `${layer}-imports-only-${allowed.join('-') || 'itself'}`,
  severity: 'error',
  from: { path: `^${placeOf(layer)}/` },
  to: { path: '^(src|packages)/', pathNot: `^(${[layer, ...allowed].map(placeOf).join('|')})/` },
}))

module.exports = {
  forbidden: [
    ...layerRules,
    {
      name: 'domain-imports-nothing',
      severity: 'error',
      from: { path: '^src/domain/' },
      to: { dependencyTypes: ['npm', 'npm-dev', 'npm-optional', 'core'] },
    },
    {
      name: 'protocol-imports-only-zod-and-uuid',
      severity: 'error',
      from: { path: '^packages/protocol/' },
      to: { dependencyTypes: ['npm', 'npm-dev', 'npm-optional', 'core'], pathNot: '^node_modules/(zod|uuid)/' },
    },
    {
      name: 'adapters-import-ports-domain-codec',
      severity: 'error',
      from: { path: '^src/adapters/([^/]+)/' },
      to: { path: '^(src|packages)/', pathNot: '^src/(adapters/$1|ports|domain|codec)/' },
    },
    {
      name: 'only-the-composition-root-knows-adapters',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(adapters|compose)/|^src/(main|cli)\\.ts$' },
      to: { path: '^src/adapters/' },
    },
    {
      name: 'only-the-entry-for-node-has-files',
      severity: 'error',
      from: { path: '^packages/client/src/', pathNot: '^packages/client/src/(stores/file/|node\\.ts)' },
      to: { path: '^packages/client/src/stores/file/' },
    },
    {
      // What the SDK does can be drawn as a flow from folder to folder.
      name: 'no-circle-of-folders-in-the-client',
      severity: 'error',
      scope: 'folder',
      from: { path: '^packages/client/src/' },
      to: { circular: true },
    },
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'no-dev-dependencies-in-src',
      severity: 'error',
      from: { path: '^(src|packages)/' },
      to: { dependencyTypes: ['npm-dev'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { conditionNames: ['import', 'node', 'default', 'types'], exportsFields: ['exports'] },
  },
}
