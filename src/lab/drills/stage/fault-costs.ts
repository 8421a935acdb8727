import type { Excuse } from "../../checkers/excuse.ts"
import { struckOf } from "../../faults/fault.ts"
import type { Strike } from "../../faults/fault-injector.ts"
import type { FailureKind, FailureSample } from "../../load/load.ts"

/** What a fault may cost, as data: failures of these kinds, of what was in the victim's reach. All else is a violation. */
export type Cost = {
  /** As half a sentence, for the report. */
  readonly why: string
  readonly failures: readonly FailureKind[]
  /** Absent: any. */
  readonly methods?: readonly string[]
  /** Only without an `Idempotency-Key`: with one it may be sent again. */
  readonly keyless?: true
  /** Only when some of the answer had come: then nobody in between could have asked again. */
  readonly answerBegan?: true
  /** What must have begun while the victim could still take it: the request, or the client's connection to it. */
  readonly begun: "request" | "connection"
}

export type Victim = "app" | "web" | "edge" | "postgres" | "supervisor" | "agent"

/**
 * What ends a process for good: SIGKILL, or a freeze that nobody thaws, until the service kills it itself. A freeze and
 * a cut that heal before any time-out stand in no table here: they cost waiting, and no request may fail.
 */
export type Ending = "kill" | "hang"

const onItsConnections: Cost = {
  why: "its connection was open to the process that ended",
  failures: ["resetNew", "resetReused"],
  begun: "connection",
}

export const costsOf: Readonly<Record<Victim, readonly Cost[]>> = {
  app: [onItsConnections],
  edge: [onItsConnections],
  web: [
    {
      why: "its answer had begun",
      failures: ["resetNew", "resetReused"],
      answerBegan: true,
      begun: "request",
    },
    {
      why: "not repeatable, and it may have reached the process that ended",
      failures: ["status5xx"],
      methods: ["POST", "PATCH"],
      keyless: true,
      begun: "request",
    },
  ],
  // What was under way there the web instances do again, or find out that it was done: exactly once, and later.
  postgres: [],
  supervisor: [],
  agent: [],
}

/** The same where a database may be away for longer than work waits for it (15 s): then it is told 503, and who asked looks. */
export const longLoss: typeof costsOf = {
  ...costsOf,
  postgres: [
    { why: "its statement was under way in the database", failures: ["status5xx"], begun: "request" },
  ],
}

/** After its end a process may still be given work for so long: whoever gives it has to hear of the end. */
const unheardMs = 50
/** A frozen backend is out of the rotation by then. */
const ejectedMs = 2000

/** Another database has taken the place of a frozen primary by then: `data/hungAfterMs`, and the failover. */
const failedOverMs = 5000

/** How long after the strike its victim may still be given work. */
export function reachMs(ending: Ending, victim: Victim): number {
  const foundMs: Partial<Record<Victim, number>> = { web: ejectedMs, postgres: failedOverMs }
  return unheardMs + (ending === "hang" ? (foundMs[victim] ?? 0) : 0)
}

/** What a strike may cost whom. */
export type Bill = { readonly costs: readonly Cost[]; readonly reachMs: number }

/** Why the load generator may have seen this; undefined when it is a violation. */
export function excuseOf(
  sample: FailureSample,
  { costs, reachMs }: Bill,
  strike: Strike,
  loadStartedAtMs: number,
): string | undefined {
  const endedAtMs = loadStartedAtMs + sample.atMs
  if (endedAtMs < strike.fromMs) return undefined
  const begunAtMs = {
    request: endedAtMs - sample.latencyMs,
    connection: loadStartedAtMs + sample.connectionBegunAtMs,
  }
  return costs.find(
    ({ failures, methods, keyless, answerBegan, begun }) =>
      begunAtMs[begun] <= strike.untilMs + reachMs &&
      failures.includes(sample.failure) &&
      (methods?.includes(sample.method) ?? true) &&
      (keyless === undefined || !sample.keyed) &&
      (answerBegan === undefined || sample.answerBegan),
  )?.why
}

/** The same for the recorded sessions, each of whose requests has a connection of its own. `laterMs`: added to each reach. */
export function recordedExcuses(laterMs = 0, costs = costsOf): Excuse[] {
  const endings: readonly Ending[] = ["kill", "hang"]
  return (Object.keys(costs) as Victim[]).flatMap(victim =>
    endings.flatMap(ending =>
      costs[victim]
        // Their answers come in one piece: none has begun and not ended.
        .filter(({ answerBegan }) => answerBegan === undefined)
        .map(({ why, failures, methods, keyless }) => ({
          why,
          failures,
          ...(methods === undefined ? {} : { methods }),
          ...(keyless === undefined ? {} : { keyless }),
          during: {
            opens: ending,
            closes: struckOf({ name: ending }),
            subject: victim,
            afterMs: reachMs(ending, victim) + laterMs,
          },
        })),
    ),
  )
}
