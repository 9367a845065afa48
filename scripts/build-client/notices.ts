import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The folder of a package, of a module in it. */
const folderOf = (module: string): string | undefined =>
  /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(module.replaceAll('\\', '/'))?.[1]

const licenceIn = (folder: string): string => {
  const [file] = globSync('LICEN[CS]E*', { cwd: folder })
  if (file === undefined) throw new Error(`${folder} has no licence`)
  return readFileSync(join(folder, file), 'utf8').trim()
}

const noticeOf = (folder: string): string => {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const changed = existsSync(join(folder, '../../patches', `${name}+${version}.patch`)) ? ', changed by Backscroll' : ''
  return `## ${name} ${version} (${license}${changed})\n\n${licenceIn(folder)}\n`
}

/** The licences of all packages whose modules are bundled. */
export const noticesOf = (modules: readonly string[]): string => {
  const folders = [...new Set(modules.flatMap((module) => folderOf(module) ?? []))].toSorted()
  return `# Software of others in this package\n\n${folders.map(noticeOf).join('\n')}`
}
