import type { StateView } from "../../wire/admin.ts"
import type { Fault } from "../faults/fault.ts"
import type { Strike } from "../faults/fault-injector.ts"
import { freezeFault } from "../faults/freeze.ts"
import { killFault } from "../faults/kill.ts"
import { killedAgainFault } from "../faults/killed-again.ts"
import { type Drill, type DrillContext, isWanted } from "./drill.ts"
import { growToReplicated, pidIn, primaryHere, replicasOf } from "./stage/databases.ts"
import { excuseOf, longLoss, reachMs, recordedExcuses } from "./stage/fault-costs.ts"
import { onOwnService, type Stage } from "./stage/on-own-service.ts"
import { underLoad } from "./stage/under-load.ts"
import { WriteProbe } from "./stage/write-probe.ts"

/**
 * `frozen`: nobody thaws them. `kept dead`: whatever is started in their places is killed too, and the primary dies
 * alone, before they may come back.
 */
type How = "killed" | "frozen" | "kept dead"

/** How often each in full; in short the one that shows most, once. */
const times = 5
const loadMs = { killed: 2500, frozen: 6000, "kept dead": 9000 }
/** After so long without an answer whoever looks must have been told: a frozen one is believed in for a second. */
const toldWithinMs = 3000
/** Nobody waits longer for replicas that do not come back. */
const degradedWithinMs = 10_000
const bill = { costs: longLoss.postgres, reachMs: reachMs("kill", "postgres") }

/** Both replicas are lost at once, under users who write without a pause. */
export const bothStandbysLost: Drill = {
  name: "both-standbys-lost",
  claim:
    "both replicas are lost at once: writes wait, which status says; after three seconds they go on, acknowledged by the primary alone, which status says too; none fails, nothing acknowledged is lost, also when the primary then dies: it is started again, never replaced; with the replicas back commits wait for one of them",
  async run(context) {
    const options = { drainTimeoutMs: 2000, excuses: recordedExcuses(0, longLoss) }
    return onOwnService("both-standbys-lost", options, context, async stage => {
      await growToReplicated(stage)
      for (const { name, how } of episodesOf(context)) await episode(name, how, stage)
    })
  },
}

function episodesOf(context: DrillContext): { name: string; how: How }[] {
  if (context.short) return [{ name: "kept dead", how: "kept dead" }]
  return (["killed", "frozen", "kept dead"] as const)
    .flatMap(how =>
      Array.from({ length: times }, (_, index) => ({ name: `${how} ${index + 1}/${times}`, how })),
    )
    .filter(({ name }) => isWanted(name, context))
}

async function episode(name: string, how: How, stage: Stage): Promise<void> {
  const primary = primaryHere()
  const replicas = replicasOf(await stage.service.settled())
  let died: Strike | undefined
  await underLoad(
    {
      name,
      loadMs: loadMs[how],
      mayRestart: how === "kept dead" ? [primary, ...replicas] : replicas,
      excuse: (sample, loadStartedAtMs) => died && excuseOf(sample, bill, died, loadStartedAtMs),
      async act() {
        const probe = await WriteProbe.start(stage.target)
        const { fault, found } = await lose(how, replicas, probe, stage).finally(() => probe.stop())
        stage.measures.add(`longest wait of a write, ${how}`, probe.longestWaitMs)
        if (how === "kept dead") {
          died = await loseThePrimary(primary, stage)
          // They come up without what it acknowledged alone, maybe before it does.
          await stage.faults.heal(fault)
        }
        const after = await stage.service.waitFor("both replicas back", isWhole)
        return [
          ...probe.failed,
          ...found,
          ...(primaryHere() === primary
            ? []
            : [`${primary} was replaced by one that lacked what it alone had`]),
          ...(after.databases?.refused === undefined ? [] : ["it still says that a promotion was refused"]),
        ]
      },
    },
    stage,
  )
}

/** Resolves when writes go on: with a replica that is back, or with none. */
async function lose(
  how: How,
  replicas: readonly string[],
  probe: WriteProbe,
  { service, faults, measures }: Stage,
): Promise<{ fault: Fault; found: string[] }> {
  const state = await service.settled()
  const fault = faultOf(how, replicas, state, () => service.admin.state())
  const { fromMs } = await faults.inject(fault)
  const found: string[] = []
  const timed = async (what: string, withinMs: number, isSo: (state: StateView) => boolean) => {
    await service.waitFor(what, isSo)
    const tookMs = Date.now() - fromMs
    measures.add(`until ${what}, ${how}`, tookMs)
    if (tookMs > withinMs) found.push(`it took ${tookMs} ms until ${what}`)
  }
  if (how !== "killed") {
    await timed("status says that writes wait", toldWithinMs, saysThatWritesWait)
    await timed("status says that commits wait for no replica", degradedWithinMs, waitsForNobody)
  }
  const before = probe.acknowledged
  await service.waitFor("writes that go on", () => probe.acknowledged > before + 1)
  return { fault, found }
}

function faultOf(
  how: How,
  replicas: readonly string[],
  now: StateView,
  look: () => Promise<StateView>,
): Fault {
  const living = (state: StateView) =>
    replicas.map(id =>
      pidIn({ ...state, instances: state.instances.filter(one => one.state !== "exited") }, id),
    )
  const pids = (state: StateView) => living(state).filter(pid => pid > 0)
  if (how === "kept dead") return killedAgainFault("replicas", async () => look().then(pids, () => []))
  const each = pids(now).map(pid =>
    how === "killed"
      ? killFault("replicas", pid)
      : freezeFault({ subject: "replicas", pid, scope: "tree", by: "signal" }),
  )
  return {
    name: how === "killed" ? "kill" : "hang",
    subject: "replicas",
    detail: each.map(({ detail }) => detail).join(", "),
    strike: async () => void (await Promise.all(each.map(one => one.strike()))),
    heal: async () => void (await Promise.all(each.map(one => one.heal()))),
  }
}

/** What was acknowledged while it was alone is on its disk only. */
async function loseThePrimary(primary: string, { service, faults }: Stage): Promise<Strike> {
  return faults.inject(killFault("postgres", pidIn(await service.admin.state(), primary)))
}

function saysThatWritesWait({ databases }: StateView): boolean {
  const { acks = 0, following = acks } = databases?.quorum ?? {}
  return following < acks
}

function waitsForNobody({ databases }: StateView): boolean {
  return databases?.quorum.acks === 0 && databases.quorum.isSettled
}

function isWhole({ settled, databases }: StateView): boolean {
  return settled && databases?.quorum.acks === 1 && databases.quorum.following === 2
}
