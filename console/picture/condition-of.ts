import type { InstanceView } from "banyan/admin"

export type Conditioned = Pick<InstanceView, "state" | "frozenUntilMs">

/** What gives an instance its colour: who is made to stand still is frozen, whatever it was before. */
export function conditionOf({ state, frozenUntilMs }: Conditioned): InstanceView["state"] | "frozen" {
  return frozenUntilMs === undefined ? state : "frozen"
}
