/**
 * A question to a part that is built later, declared before its callers. Exactly one part answers it, and it is
 * asked only once everything is built.
 */
export interface Port<Values extends readonly unknown[], Answer> {
  ask(...values: Values): Answer
  answerBy(answer: (...values: Values) => Answer): void
}

export const createPort = <Values extends readonly unknown[], Answer>(name: string): Port<Values, Answer> => {
  let answer: ((...values: Values) => Answer) | undefined
  return {
    ask: (...values) => {
      if (answer === undefined) throw new Error(`Nothing answers ${name} yet`)
      return answer(...values)
    },
    answerBy: (given) => {
      if (answer !== undefined) throw new Error(`${name} is answered twice`)
      answer = given
    },
  }
}
