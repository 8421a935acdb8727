import type { StageName } from "./topology.ts"

/** What a stage is for, in words people read before they go there. */
export type StageWords = {
  readonly adds: string
  readonly costs: string
}

export const stageWords: Readonly<Record<StageName, StageWords>> = {
  single: {
    adds: "One app process serves the public port, one database beside it. The least there can be.",
    costs: "One crash of the app is a second without answers; one core is the end.",
  },
  balanced: {
    adds: "A load balancer before stateless web instances: one may die, or be replaced, and nobody notices.",
    costs: "At least two more processes; each request takes one more hop.",
  },
  replicated: {
    adds: "A primary and two replicas: any one of them may die, nothing acknowledged is lost, and reads are shared.",
    costs:
      "Two more database servers with a copy of the data each; a write waits until one more of them has it.",
  },
}
