import { createFlows, findFlows } from './flows.ts'
import { type DeadMember, deadMembers } from './members.ts'
import { loadProduction } from './production.ts'
import { usePublicApi } from './public-api.ts'
import { createUses, findUses } from './uses.ts'

/** The functions that the objects of the project in a directory offer, and that neither sources nor examples call. */
export const findDeadMethods = (directory: string): readonly DeadMember[] => {
  const production = loadProduction(directory)
  const uses = createUses(production.checker)
  const flows = createFlows(production, uses)
  findUses(production, uses)
  usePublicApi(production, uses)
  findFlows(production, flows)
  flows.settle()
  return deadMembers(production, uses.found)
}
