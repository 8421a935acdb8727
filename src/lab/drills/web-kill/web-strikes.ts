import { randomInt, seededRandom } from "../../../kit/random.ts"

/** A `freeze` is thawed soon, a `hang` never. */
export const strikeKinds = ["kill", "freeze", "hang"] as const
export type StrikeKind = (typeof strikeKinds)[number]

/** Each kind in turn, so that any three strikes in a row are of three kinds; the seed says in which order. */
export function kindAt(turn: number, seed: number): StrikeKind {
  const order = [...strikeKinds]
  const random = seededRandom(seed)
  for (let left = order.length; left > 1; left--) {
    const drawn = randomInt(random, left)
    ;[order[left - 1], order[drawn]] = [order[drawn]!, order[left - 1]!]
  }
  return order[turn % order.length]!
}
