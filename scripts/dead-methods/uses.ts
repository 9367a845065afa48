import ts from 'typescript'
import type { Production } from './production.ts'

/** The declarations of members that something reads or calls. */
export interface Uses {
  readonly found: Set<ts.Node>
  member(symbol: ts.Symbol | undefined): void
  /** Somebody may take any member of it. */
  all(type: ts.Type): void
}

export const createUses = (checker: ts.TypeChecker): Uses => {
  const found = new Set<ts.Node>()
  const member = (symbol: ts.Symbol | undefined): void => {
    if (symbol === undefined) return
    for (const one of [symbol, ...checker.getRootSymbols(symbol)])
      for (const node of one.declarations ?? []) found.add(node)
  }
  return { found, member, all: (type) => checker.getPropertiesOfType(type).forEach(member) }
}

/** The names that an index can have, if they are known. */
const namesOf = (type: ts.Type): readonly string[] | undefined => {
  if (type.isStringLiteral()) return [type.value]
  if (!type.isUnion()) return undefined
  const all = type.types.map(namesOf)
  return all.some((one) => one === undefined) ? undefined : all.flatMap((one) => one ?? [])
}

const enumerates = /^Object\.(values|entries|keys)$/

/** Looks for `a.b`, `a[b]`, `{ b } = a`, and `Object.values(a)`. */
export const findUses = ({ checker, files }: Production, uses: Uses): void => {
  const indexed = ({ expression, argumentExpression }: ts.ElementAccessExpression) => {
    const type = checker.getTypeAtLocation(expression)
    const names = namesOf(checker.getTypeAtLocation(argumentExpression))
    if (names === undefined) uses.all(type)
    else for (const name of names) uses.member(checker.getPropertyOfType(type, name))
  }
  const taken = (pattern: ts.ObjectBindingPattern) => {
    const type = checker.getTypeAtLocation(pattern)
    for (const { propertyName, name, dotDotDotToken } of pattern.elements) {
      const key = propertyName ?? name
      if (dotDotDotToken === undefined && (ts.isIdentifier(key) || ts.isStringLiteral(key)))
        uses.member(checker.getPropertyOfType(type, key.text))
    }
  }
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAccessExpression(node)) uses.member(checker.getSymbolAtLocation(node.name))
    else if (ts.isElementAccessExpression(node)) indexed(node)
    else if (ts.isObjectBindingPattern(node)) taken(node)
    else if (ts.isCallExpression(node) && enumerates.test(node.expression.getText()) && node.arguments[0])
      uses.all(checker.getTypeAtLocation(node.arguments[0]))
    ts.forEachChild(node, visit)
  }
  for (const file of files) visit(file)
}
