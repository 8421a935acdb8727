import { useNowMs } from "../frame/use-now.ts"
import type { Conditioned } from "./condition-of.ts"

/** The condition in words: those that are known better than its state alone. */
export function Condition({ instance, words }: { instance: Conditioned; words: string | undefined }) {
  const { state, frozenUntilMs } = instance
  return frozenUntilMs === undefined ? (words ?? state) : <FrozenFor untilMs={frozenUntilMs} />
}

/** Counts down to the moment at which it goes on. */
export function FrozenFor({ untilMs }: { untilMs: number }) {
  const left = Math.ceil((untilMs - useNowMs()) / 1000)
  return `frozen${left > 0 ? `, ${left} s left` : ""}`
}
