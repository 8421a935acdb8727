import type { DriverInstance } from "../../drivers/driver.ts"
import type { Report } from "../../wire/report.ts"
import type { Asked } from "../plan/asked.ts"
import { isDatabase, type ObservedInstance, playsBackend, playsFront } from "../plan/observed.ts"
import type { MemoryLimits } from "./memory-watch.ts"

export type Bounds = {
  /** How long an instance may be silent before it is taken for hung. */
  readonly hungAfterMs: number
  /** The same of a primary that has replicas. */
  readonly databaseHungAfterMs?: number | undefined
  readonly memoryLimits?: MemoryLimits | undefined
}

/** What others know of single instances; whoever keeps it says it here. */
export type Marks = {
  /** What the running change asks of one of them. */
  readonly asked: () => Asked | null
  /** Until when it is made to stand still. */
  readonly frozenUntilMs: (id: string) => number | undefined
  /** How many lines of errors its log was given in the last minute. */
  readonly errorsLastMinute: (id: string) => number
}

export function isLiving(instance: DriverInstance): boolean {
  return instance.state !== "exited"
}

/** Its driver says whether it is up: it does not report. */
export function isSpokenFor(group: ObservedInstance["group"], instance: DriverInstance | undefined): boolean {
  return isDatabase({ group }) || instance?.program !== undefined
}

export function playsEveryRole(group: ObservedInstance["group"], report: Report | undefined): boolean {
  if (report === undefined) return false
  if (playsFront({ group }) && report.front === undefined) return false
  if (playsBackend({ group }) && report.web === undefined) return false
  // A front door is ready only once it has a healthy backend, which is the business of `open`.
  return playsFront({ group }) || report.ready
}
