import ts from 'typescript'
import type { Production } from './production.ts'
import type { Uses } from './uses.ts'

/** What these files export is called by applications, and by the tests of who builds on the ports. */
const entries = [/^packages\/client\/src\/[^/]+\.ts$/, /^src\/adapters\/memory\//]

/** Marks the members of all that exported functions answer with, in however many steps. */
export const usePublicApi = ({ checker, files, isOwn, pathOf }: Production, uses: Uses): void => {
  const seen = new Set<ts.Type>()
  const answered = (type: ts.Type): void => {
    if (seen.has(type)) return
    seen.add(type)
    if (type.isUnionOrIntersection()) type.types.forEach(answered)
    for (const call of type.getCallSignatures()) answered(call.getReturnType())
    if (type.flags & ts.TypeFlags.Object) checker.getTypeArguments(type as ts.TypeReference).forEach(answered)
    for (const member of checker.getPropertiesOfType(type)) {
      if (!member.declarations?.some(isOwn)) continue
      uses.member(member)
      answered(checker.getTypeOfSymbol(member))
    }
  }
  for (const file of files) {
    const symbol = checker.getSymbolAtLocation(file)
    if (symbol === undefined || !entries.some((entry) => entry.test(pathOf(file)))) continue
    for (const one of checker.getExportsOfModule(symbol)) answered(checker.getTypeOfSymbol(one))
  }
}
