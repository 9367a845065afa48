import ts from 'typescript'
import type { Production } from './production.ts'
import type { Uses } from './uses.ts'

const { Any, StringLike, NumberLike, BigIntLike, BooleanLike, ESSymbolLike, VoidLike, Null } = ts.TypeFlags
/** They have no members of their own. */
const plain = Any | StringLike | NumberLike | BigIntLike | BooleanLike | ESSymbolLike | VoidLike | Null
/** The depth of types within types: deeper ones are the same few again. */
const deepest = 5

/** What is given where something else is expected: its members are used when those are. */
export interface Flows {
  give(from: ts.Type, to: ts.Type): void
  /** Marks what leads to something that is used. */
  settle(): void
}

export const createFlows = ({ checker, isOwn }: Production, uses: Uses): Flows => {
  const leads = new Map<ts.Node, Set<ts.Node>>()
  const compared = new Map<ts.Type, Set<ts.Type>>()

  const isNew = (from: ts.Type, to: ts.Type): boolean => {
    const known = compared.get(from) ?? new Set()
    compared.set(from, known)
    if (known.has(to)) return false
    known.add(to)
    return true
  }
  const argumentsOf = (type: ts.Type): readonly ts.Type[] =>
    type.flags & ts.TypeFlags.Object ? checker.getTypeArguments(type as ts.TypeReference) : []

  const lead = (node: ts.Node, goal: ts.Node) => {
    if (!isOwn(goal)) uses.found.add(node)
    else if (goal !== node) leads.set(node, (leads.get(node) ?? new Set()).add(goal))
  }
  const members = (from: ts.Type, to: ts.Type, depth: number) => {
    if (checker.getIndexInfosOfType(to).length > 0) uses.all(from)
    for (const target of checker.getPropertiesOfType(to)) {
      const member = checker.getPropertyOfType(from, target.name)
      const nodes = member?.declarations?.filter(isOwn) ?? []
      if (member === undefined || member === target || nodes.length === 0) continue
      for (const node of nodes) for (const goal of target.declarations ?? []) lead(node, goal)
      compare(checker.getTypeOfSymbol(member), checker.getTypeOfSymbol(target), depth + 1)
    }
  }
  const calls = (from: ts.Signature, to: ts.Signature, depth: number) => {
    compare(from.getReturnType(), to.getReturnType(), depth + 1)
    for (const [at, parameter] of from.parameters.entries()) {
      const given = to.parameters[at]
      if (given) compare(checker.getTypeOfSymbol(given), checker.getTypeOfSymbol(parameter), depth + 1)
    }
  }
  const objects = (from: ts.Type, to: ts.Type, depth: number) => {
    const [some, others] = [argumentsOf(from), argumentsOf(to)]
    const [call, other] = [from.getCallSignatures()[0], to.getCallSignatures()[0]]
    if (some.length > 0 && some.length === others.length && from.symbol === to.symbol)
      for (const [at, one] of some.entries()) compare(one, others[at] ?? one, depth + 1)
    else if (call && other) calls(call, other, depth)
    else members(from, to, depth)
  }
  const compare = (from: ts.Type, to: ts.Type, depth: number): void => {
    if (from === to || depth > deepest || (from.flags | to.flags) & plain || !isNew(from, to)) return
    if (to.isUnionOrIntersection()) for (const one of to.types) compare(from, one, depth)
    else if (from.isUnion()) for (const one of from.types) compare(one, to, depth)
    else if (to.flags & ts.TypeFlags.TypeParameter) compare(from, checker.getBaseConstraintOfType(to) ?? from, depth)
    else objects(from, to, depth)
  }
  return {
    give: (from, to) => compare(from, to, 0),
    settle: () => {
      const { found } = uses
      for (let before = -1; before < found.size; ) {
        before = found.size
        for (const [node, goals] of leads) if ([...goals].some((goal) => found.has(goal))) found.add(node)
      }
    },
  }
}

/** Values that somebody else gets: arguments, what is returned, what is stored under a name that says its type. */
const isGiven = (node: ts.Node): node is ts.Expression => {
  const { parent } = node
  if (ts.isArrowFunction(parent)) return parent.body === node && !ts.isBlock(node)
  if (ts.isPropertyAssignment(parent) || ts.isVariableDeclaration(parent)) return parent.initializer === node
  if (ts.isBinaryExpression(parent)) return parent.right === node
  if (ts.isConditionalExpression(parent)) return parent.condition !== node
  const holds = [ts.isReturnStatement, ts.isAwaitExpression, ts.isArrayLiteralExpression, ts.isSatisfiesExpression]
  return holds.some((is) => is(parent)) || ts.isObjectLiteralExpression(node)
}

export const findFlows = ({ checker, files }: Production, flows: Flows): void => {
  const expected = (node: ts.Expression) => {
    const to = checker.getContextualType(node)
    if (to) flows.give(checker.getTypeAtLocation(node), to)
  }
  /** As the function declares its parameters: what a type parameter stands for is what was given. */
  const called = (call: ts.CallExpression) => {
    const declared = checker.getResolvedSignature(call)?.declaration?.parameters ?? []
    for (const [at, argument] of call.arguments.entries()) {
      const parameter = declared[at]
      if (parameter) flows.give(checker.getTypeAtLocation(argument), checker.getTypeAtLocation(parameter))
      expected(argument)
    }
  }
  const named = (node: ts.ShorthandPropertyAssignment) => {
    const context = checker.getContextualType(node.parent)
    const target = context && checker.getPropertyOfType(context, node.name.text)
    if (target) flows.give(checker.getTypeAtLocation(node.name), checker.getTypeOfSymbol(target))
  }
  /** One type stands for those of all elements. */
  const together = (node: ts.ArrayLiteralExpression) => {
    const [all] = checker.getTypeArguments(checker.getTypeAtLocation(node) as ts.TypeReference)
    if (all) for (const one of node.elements) flows.give(checker.getTypeAtLocation(one), all)
  }
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) called(node)
    if (ts.isArrayLiteralExpression(node)) together(node)
    if (ts.isNewExpression(node)) for (const one of node.arguments ?? []) expected(one)
    if (ts.isShorthandPropertyAssignment(node)) named(node)
    else if (isGiven(node)) expected(node)
    ts.forEachChild(node, visit)
  }
  for (const file of files) ts.forEachChild(file, visit)
}
