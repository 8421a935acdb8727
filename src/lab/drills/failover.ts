import { setTimeout as sleep } from "node:timers/promises"
import { type Random, seededRandom } from "../../kit/random.ts"
import type { StateView } from "../../wire/admin.ts"
import type { Fault } from "../faults/fault.ts"
import { freezeFault } from "../faults/freeze.ts"
import { killFault } from "../faults/kill.ts"
import { type Drill, type DrillContext, type Episode, isWanted } from "./drill.ts"
import { strikeUnderLoad } from "./kill-any/fault-episode.ts"
import { nothing, replaced, type Scene } from "./kill-any/fault-scenes.ts"
import { ApiUsers } from "./stage/api-users.ts"
import { anyReplica, growToReplicated, pidIn, primaryHere, replicasOf } from "./stage/databases.ts"
import type { Ending } from "./stage/fault-costs.ts"
import { onOwnService, type Stage } from "./stage/on-own-service.ts"
import { restartViolations } from "./stage/restarts.ts"

/** `primary's processes`: the server and all its backends at once, while every write waits in its COMMIT. */
type Victim = "primary" | "primary's processes" | "replica" | "primary and supervisor"
type Planned = { readonly ending: Ending; readonly victim: Victim }

/** What is struck, and how often in full; in short once each. */
const series: readonly (Planned & { readonly times: number })[] = [
  { ending: "kill", victim: "primary", times: 10 },
  { ending: "kill", victim: "primary's processes", times: 10 },
  { ending: "hang", victim: "primary", times: 10 },
  { ending: "kill", victim: "replica", times: 10 },
  { ending: "hang", victim: "replica", times: 5 },
  { ending: "kill", victim: "primary and supervisor", times: 10 },
]

/** Clients wait until who hangs is found out, and another one has taken its place. */
const patientMs = 30_000
/** Replicas stand still so long before a kill; they are not missed for it. */
const stillMs = 200
/** Of a replica: a primary is missed sooner (`data/hungAfterMs`). */
const hungAfterMs = 5000

/** A primary and two replicas: each is killed, and frozen for good, under users who do all there is to do. */
export const failover: Drill = {
  name: "failover",
  claim:
    "any one of three databases may be killed, or hang: no request fails, whatever it does, and each is done once; another one takes the primary's place, also when the supervisor dies with it, and who was struck comes back as a replica",
  async run(context) {
    return onOwnService("failover", { drainTimeoutMs: 2000, hungAfterMs }, context, async stage => {
      await growToReplicated(stage)
      const users = await ApiUsers.start(stage.target, context.seed)
      try {
        for (const [index, { name, planned }] of episodesOf(context).entries()) {
          context.signal.throwIfAborted()
          await strike(name, planned, context.seed + index, users, stage)
        }
      } finally {
        await users.stop()
      }
    })
  },
}

async function strike(
  name: string,
  planned: Planned,
  seed: number,
  users: ApiUsers,
  stage: Stage,
): Promise<void> {
  const scene = await sceneOf(planned, seededRandom(seed), stage)
  let struck = 0
  const fault: Fault = {
    ...scene.fault,
    async strike() {
      struck = users.underWay
      await scene.fault.strike()
    },
  }
  const episode = await strikeUnderLoad(name, { ...scene, fault }, seed, stage)
  const judged = { ...episode, violations: [...episode.violations, ...users.takeFailures()] }
  stage.note(judged, `${wordsOf(judged)}  ${struck} requests of ${users.answered} were under way`)
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
  const withSupervisor = victim === "primary and supervisor"
  return {
    fault: faultOf({ ending, victim }, id, before),
    bill: nothing,
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

function faultOf({ ending, victim }: Planned, id: string, state: StateView): Fault {
  const pid = pidIn(state, id)
  if (victim === "primary and supervisor") return both(id, pid, state.supervisor.pid)
  if (victim === "primary's processes") return inCommit(id, pid, state)
  if (ending === "kill") return killFault(id, pid)
  return frozen(id, pid, "hang")
}

function frozen(subject: string, pid: number, name: "freeze" | "hang"): Fault {
  return { ...freezeFault({ subject, pid, scope: "tree", by: "signal" }), name }
}

/** While the replicas stand still every write comes to its COMMIT and waits there: nobody knows what becomes of it. */
function inCommit(subject: string, pid: number, state: StateView): Fault {
  const kill = killFault(subject, pid, "tree")
  const replicas = replicasOf(state, subject).map(id => frozen(id, pidIn(state, id), "freeze"))
  const thaw = async () => void (await Promise.all(replicas.map(replica => replica.heal())))
  return {
    ...kill,
    detail: `${kill.detail}, after ${stillMs} ms in which no replica acknowledged anything`,
    async strike() {
      try {
        await Promise.all(replicas.map(replica => replica.strike()))
        await sleep(stillMs)
        await kill.strike()
      } finally {
        await thaw()
      }
    },
    heal: thaw,
  }
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

function wordsOf({ name, tookMs, load, violations }: Episode): string {
  const verdict = violations.length === 0 ? "ok" : `VIOLATED: ${violations.slice(0, 3).join("; ")}`
  return [
    name,
    `whole after ${tookMs} ms`,
    `${load.sent} requests`,
    `${load.failed} failed`,
    `longest wait ${Math.round(load.latencyMs.max)} ms`,
    verdict,
  ].join("  ")
}
