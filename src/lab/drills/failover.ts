import { type Random, seededRandom } from "../../kit/random.ts"
import type { Fault } from "../faults/fault.ts"
import { freezeFault } from "../faults/freeze.ts"
import { killFault } from "../faults/kill.ts"
import { type Drill, type DrillContext, type Episode, isWanted } from "./drill.ts"
import { strikeUnderLoad } from "./kill-any/fault-episode.ts"
import { replaced, type Scene } from "./kill-any/fault-scenes.ts"
import { anyReplica, growToReplicated, pidIn, primaryHere } from "./stage/databases.ts"
import { costsOf, type Ending, reachMs, recordedExcuses } from "./stage/fault-costs.ts"
import { onOwnService, type Stage } from "./stage/on-own-service.ts"
import { restartViolations } from "./stage/restarts.ts"

type Victim = "primary" | "replica" | "primary and supervisor"
type Planned = { readonly ending: Ending; readonly victim: Victim }

/** What is struck, and how often in full; in short once each. */
const series: readonly (Planned & { readonly times: number })[] = [
  { ending: "kill", victim: "primary", times: 20 },
  { ending: "hang", victim: "primary", times: 10 },
  { ending: "kill", victim: "replica", times: 10 },
  { ending: "hang", victim: "replica", times: 5 },
  { ending: "kill", victim: "primary and supervisor", times: 10 },
]

/** Clients wait until who hangs is found out, and another one has taken its place. */
const patientMs = 30_000

/** A primary and two replicas: each is killed, and frozen for good, under users whose every write is recorded. */
export const failover: Drill = {
  name: "failover",
  claim:
    "any one of three databases may be killed, or hang: what was acknowledged is there once, a primary costs the statements under way, a replica nothing; another one takes the primary's place, also when the supervisor dies with it, and who was struck comes back as a replica",
  async run(context) {
    const options = { drainTimeoutMs: 2000, excuses: recordedExcuses() }
    return onOwnService("failover", options, context, async stage => {
      await growToReplicated(stage)
      for (const [index, { name, planned }] of episodesOf(context).entries()) {
        context.signal.throwIfAborted()
        const seed = context.seed + index
        const scene = await sceneOf(planned, seededRandom(seed), stage)
        const episode = await strikeUnderLoad(name, scene, seed, stage)
        stage.note(episode, wordsOf(episode))
      }
    })
  },
}

function episodesOf(context: DrillContext): { name: string; planned: Planned }[] {
  return series
    .flatMap(({ times, ...planned }) => {
      const of = context.short ? 1 : times
      const name = (nth: number) => `${planned.ending} ${planned.victim} ${nth}/${of}`
      return Array.from({ length: of }, (_, index) => ({ name: name(index + 1), planned }))
    })
    .filter(({ name }) => isWanted(name, context))
}

async function sceneOf({ ending, victim }: Planned, random: Random, stage: Stage): Promise<Scene> {
  const before = await stage.service.settled()
  const primary = primaryHere()
  const isPrimary = victim !== "replica"
  const id = isPrimary ? primary : anyReplica(before, primary, random)
  const pid = pidIn(before, id)
  // Of a replica nobody notices anything: its name is in no table of costs.
  const subject = isPrimary ? "postgres" : "replica"
  const withSupervisor = victim === "primary and supervisor"
  const costs = isPrimary ? costsOf.postgres : []
  return {
    fault: withSupervisor ? both(subject, pid, before.supervisor.pid) : faultOf(ending, subject, pid),
    bill: { costs, reachMs: reachMs(ending, "postgres") },
    timeoutMs: patientMs,
    async whole() {
      const after = await replaced(pid, id, stage)
      const stayed = isPrimary && primaryHere() === id
      const moved = !isPrimary && primaryHere() !== primary
      return [
        ...restartViolations(before, after, [id, ...(withSupervisor ? ["supervisor"] : [])]),
        ...(stayed ? [`${id} is still the primary`] : []),
        ...(moved ? [`${primary} is the primary no more, and nobody had touched it`] : []),
      ]
    },
  }
}

function faultOf(ending: Ending, subject: string, pid: number): Fault {
  if (ending === "kill") return killFault(subject, pid)
  return { ...freezeFault({ subject, pid, scope: "tree", by: "signal" }), name: "hang" }
}

/** Both at the same moment, so that nobody sees the primary's end who could do anything about it. */
function both(subject: string, pid: number, supervisor: number): Fault {
  const [one, other] = [killFault(subject, pid), killFault("supervisor", supervisor)]
  return {
    ...one,
    detail: `${one.detail}, and of the supervisor, ${supervisor}`,
    strike: async () => void (await Promise.all([one.strike(), other.strike()])),
  }
}

function wordsOf({ name, tookMs, load, excused, violations }: Episode): string {
  const why = Object.entries(excused).map(([words, count]) => `${count} excused: ${words}`)
  const verdict = violations.length === 0 ? "ok" : `VIOLATED: ${violations.slice(0, 3).join("; ")}`
  const wait = `longest wait ${Math.round(load.latencyMs.max)} ms`
  return [
    name,
    `whole after ${tookMs} ms`,
    `${load.sent} requests`,
    `${load.failed} failed`,
    wait,
    ...why,
    verdict,
  ].join("  ")
}
