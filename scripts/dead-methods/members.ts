import ts from 'typescript'
import type { Production } from './production.ts'

export interface DeadMember {
  readonly place: string
  /** `Container.member`. */
  readonly name: string
}

type Member = (ts.TypeElement | ts.ObjectLiteralElement) & { readonly name: ts.Identifier }

const kinds = [
  ts.isMethodSignature,
  ts.isPropertySignature,
  ts.isPropertyAssignment,
  ts.isShorthandPropertyAssignment,
  ts.isMethodDeclaration,
]
const isMember = (node: ts.Node): node is Member =>
  kinds.some((is) => is(node)) && ts.isIdentifier((node as Member).name)

const containerOf = (node: ts.Node): string => {
  for (let one = node.parent; !ts.isSourceFile(one); one = one.parent) {
    if (ts.isInterfaceDeclaration(one) || ts.isTypeAliasDeclaration(one)) return one.name.text
    if (ts.isVariableDeclaration(one) && ts.isIdentifier(one.name)) return one.name.text
  }
  return ''
}

/** Functions that objects offer and that nobody takes. What a literal holds for a type with that member is that type's. */
export const deadMembers = (
  { checker, files, pathOf }: Production,
  used: ReadonlySet<ts.Node>,
): readonly DeadMember[] => {
  const dead: DeadMember[] = []
  const isFunction = (node: ts.Node): boolean =>
    checker.getNonNullableType(checker.getTypeAtLocation(node)).getCallSignatures().length > 0
  const isOfType = ({ parent, name }: Member): boolean => {
    const type = ts.isObjectLiteralExpression(parent) ? checker.getContextualType(parent) : undefined
    return type !== undefined && checker.getPropertyOfType(type, name.text) !== undefined
  }
  const visit = (node: ts.Node): void => {
    if (isMember(node) && !used.has(node) && isFunction(node) && !isOfType(node)) {
      const file = node.getSourceFile()
      const { line } = file.getLineAndCharacterOfPosition(node.getStart())
      dead.push({ place: `${pathOf(file)}:${line + 1}`, name: `${containerOf(node)}.${node.name.text}` })
    }
    ts.forEachChild(node, visit)
  }
  for (const file of files) if (/^(src|packages)\//.test(pathOf(file))) visit(file)
  return dead
}
