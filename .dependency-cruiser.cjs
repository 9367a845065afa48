/**
 * Imports go one way: domain, protocol, runtime <- ports <- codec, event-log, identity <- commands, projections
 * <- edge, processes, consent, marks, moderation, presence <- gateway, api <- compose <- cli, main. The files of a layer import
 * their own layer and
 * those that it names. `test/unit/structure/imports.test.ts` proves that a forbidden import fails.
 */
const layers = {
  domain: [],
  protocol: [],
  // Queues, best effort, clocks and disk: what knows nothing of messaging.
  runtime: [],
  ports: ['domain'],
  codec: ['domain', 'ports'],
  'event-log': ['domain', 'ports', 'runtime'],
  config: ['event-log'],
  identity: ['domain', 'ports', 'protocol', 'runtime'],
  commands: ['domain', 'ports', 'codec', 'event-log', 'protocol'],
  projections: ['domain', 'ports', 'codec', 'event-log', 'protocol', 'runtime'],
  // Who is online, and who may see it.
  presence: ['ports', 'protocol'],
  // Uploaded files: how they come, who may fetch them, what is swept.
  media: ['domain', 'ports', 'protocol', 'runtime', 'edge'],
  // Measures wrap commands, logs and gateways from outside.
  observability: ['ports', 'protocol', 'event-log', 'commands', 'gateway'],
  // Who may bring whom into a conversation.
  consent: ['domain', 'protocol', 'identity', 'commands'],
  // How users mark conversations for themselves.
  marks: ['domain', 'identity', 'commands'],
  // What users report, and what admins do with it.
  moderation: ['domain', 'ports', 'protocol', 'identity'],
  edge: ['domain', 'ports', 'protocol', 'identity', 'commands'],
  gateway: ['domain', 'ports', 'protocol', 'event-log', 'identity', 'commands', 'projections', 'edge', 'presence'],
  api: ['domain', 'ports', 'protocol', 'event-log', 'identity', 'commands', 'projections', 'consent', 'edge', 'marks', 'media', 'moderation', 'presence'],
  processes: ['domain', 'ports', 'codec', 'protocol', 'runtime', 'event-log', 'commands', 'projections'],
  client: ['protocol'],
  compose: [
    'adapters', 'api', 'commands', 'config', 'consent', 'domain', 'edge', 'event-log', 'gateway', 'identity',
    'marks', 'media', 'moderation', 'observability', 'ports', 'presence', 'processes', 'projections', 'protocol', 'runtime',
  ],
  cli: [
    'adapters', 'api', 'client', 'compose', 'config', 'domain', 'event-log', 'identity', 'observability', 'ports',
    'projections', 'protocol', 'runtime',
  ],
}


/** The packages are layers too: the rest of `packages/` is what they say to npm. */
const packages = ['protocol', 'client']
const placeOf = (layer) => (packages.includes(layer) ? `packages/${layer}/src` : `src/${layer}`)

const layerRules = Object.entries(layers).map(([layer, allowed]) => ({
  name: `${layer}-imports-only-${allowed.join('-') || 'itself'}`,
  severity: 'error',
  from: { path: `^${placeOf(layer)}/` },
  to: { path: '^(src|packages)/', pathNot: `^(${[layer, ...allowed].map(placeOf).join('|')})/|^packages/${layer}/package\\.json$` },
}))

/** Below a layer: a folder imports of its sisters only those named; files beside the folders are free. */
const inside = {
  'event-log': {
    reading: [],
    routing: [],
    'sealed-bodies': [],
  },
  identity: {
    accounts: [],
    oauth: ['tokens'],
    tokens: [],
  },
  commands: {
    rules: ['writer'],
    writer: [],
  },
  projections: {
    'fan-out': ['reading', 'sync', 'watermark'],
    partitions: ['runner', 'watermark'],
    queries: ['reading', 'runner', 'watermark'],
    reading: ['watermark'],
    runner: [],
    sync: ['queries', 'reading', 'watermark'],
    views: [],
    watermark: ['runner'],
  },
  edge: {
    limits: [],
    overload: [],
  },
  processes: {
    live: ['messages'],
    push: ['live', 'views'],
    reactions: [],
    relay: ['reactions'],
    views: ['live', 'messages'],
  },
  api: {
    answers: [],
    docs: ['http'],
    http: ['requests'],
    requests: [],
    routes: ['answers', 'docs', 'http', 'requests'],
  },
  compose: {
    cluster: ['identity', 'push'],
    embedded: ['push'],
    identity: [],
    push: [],
  },
}

const insideRules = Object.entries(inside).flatMap(([layer, folders]) =>
  Object.entries(folders).map(([folder, allowed]) => ({
    name: `${layer}-${folder}-imports-of-its-layer-only-${allowed.join('-') || 'itself'}`,
    severity: 'error',
    from: { path: `^src/${layer}/${folder}/` },
    to: { path: `^src/${layer}/[^/]+/`, pathNot: `^src/${layer}/(${[folder, ...allowed].join('|')})/` },
  })),
)


module.exports = {
  forbidden: [
    ...layerRules,
    ...insideRules,
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
      name: 'adapters-import-ports-and-rules-of-the-log',
      severity: 'error',
      from: { path: '^src/adapters/([^/]+)/' },
      to: { path: '^(src|packages)/', pathNot: '^src/(adapters/$1|ports|domain|codec|event-log|runtime)/' },
    },
    {
      name: 'only-the-composition-root-knows-adapters',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(adapters|compose|cli)/|^src/(main|cli)\\.ts$' },
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
