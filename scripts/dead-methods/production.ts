import { join, relative } from 'node:path'
import ts from 'typescript'

/** What runs in production, and the examples, which are what applications do. */
const production = /^(src|packages|examples)\//

export interface Production {
  readonly checker: ts.TypeChecker
  readonly files: readonly ts.SourceFile[]
  /** Declared in it, and not in a library. */
  isOwn(node: ts.Node): boolean
  /** From the project's directory on. */
  pathOf(file: ts.SourceFile): string
}

const failed = ({ messageText }: ts.Diagnostic): never => {
  throw new Error(ts.flattenDiagnosticMessageText(messageText, '\n'))
}

export const loadProduction = (directory: string): Production => {
  const pathOf = (name: string) => relative(directory, name)
  const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: failed }
  const config = ts.getParsedCommandLineOfConfigFile(join(directory, 'tsconfig.json'), { incremental: false }, host)
  if (config === undefined) throw new Error('There is no tsconfig.json here')
  const names = config.fileNames.filter((name) => production.test(pathOf(name)))
  const { tsBuildInfoFile: _file, ...options } = config.options
  const program = ts.createProgram(names, options)
  const files = program.getSourceFiles().filter((file) => production.test(pathOf(file.fileName)))
  const own = new Set<ts.SourceFile>(files)
  return {
    checker: program.getTypeChecker(),
    files,
    isOwn: (node) => own.has(node.getSourceFile()),
    pathOf: ({ fileName }) => pathOf(fileName),
  }
}
