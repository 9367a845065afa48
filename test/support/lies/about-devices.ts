import type { Json, Lies } from './liar.ts'
import { type NamedLies, oneOf, type Told } from './words.ts'

/** Key packages of devices that call themselves a user's, beside the true ones or instead of some of them. */
export const ghosts = (
  { pick, colluder, people }: Told,
  statementsOf: (user: string) => readonly unknown[] = () => [],
): Lies => ({
  answer: {
    match: /\/key-packages\/claim$/,
    make: (answer: Json, path = '') => {
      const user = people.find((one) => path.includes(`/users/${one.user}/`))?.user ?? ''
      const ghost = oneOf(pick, colluder.ghostPackages(user)) ?? {
        deviceId: 'ghost',
        keyPackage: colluder.keyPackage(),
      }
      const packages = [...(answer.packages as Json[]).slice(pick(2)), ghost]
      return { ...answer, packages, statements: [...(answer.statements as Json[]), ...statementsOf(user)] }
    },
  },
})

/** The owners of devices and keys. */
export const liesAboutDevices: NamedLies = {
  'a ghost': async (told) => [ghosts(told), ghosts(told)],
}
