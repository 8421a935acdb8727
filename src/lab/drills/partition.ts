import { setTimeout as sleep } from "node:timers/promises"
import { askDirectly } from "../../boot/keeper/direct-session.ts"
import { lookUntil } from "../../boot/service/look-until.ts"
import type { StateView } from "../../wire/admin.ts"
import { freezeFault } from "../faults/freeze.ts"
import { sparedFault, spareProcessesUrl } from "../faults/spared.ts"
import { type Drill, type DrillContext, type Episode, isWanted } from "./drill.ts"
import { strikeUnderLoad } from "./kill-any/fault-episode.ts"
import type { Scene } from "./kill-any/fault-scenes.ts"
import { DirectWriters, directRows, directTable } from "./partition/direct-writers.ts"
import { growToReplicated, pidIn, primaryHere, replicasOf } from "./stage/databases.ts"
import { longLoss, reachMs, recordedExcuses } from "./stage/fault-costs.ts"
import { onOwnService, type Stage } from "./stage/on-own-service.ts"
import { restartViolations } from "./stage/restarts.ts"

/**
 * `deaf`: its postmaster stands still, so that nobody new gets in, and whom it serves already it serves on, through the
 * whole promotion. `asleep`: all of it stands still. Either goes on when another one has its place.
 */
const scopes = { deaf: "process", asleep: "tree" } as const
type How = keyof typeof scopes

/** How often each in full; in short the one that shows more. */
const times = 10
/** Clients of the former primary from before it was struck, and as many who come when it goes on. */
const writers = 8
/** How long the late ones are watched: what would acknowledge does so within a round trip. */
const watchMs = { short: 500, full: 2000 }
const withinMs = 10_000
const patientMs = 30_000
/** The promotion waits so long for an end of the former primary that does not come. */
const unendedMs = 3000

/** A primary that nobody can end is replaced, lives on, and is written to all the time. */
export const partition: Drill = {
  name: "partition",
  claim:
    "a primary that cannot be ended lives on while another one has its place: what it acknowledged is there, what is written to it directly after the promotion is never acknowledged and never there, and it comes back as a replica",
  async run(context) {
    const excuses = recordedExcuses(unendedMs, longLoss)
    const options = { drainTimeoutMs: 2000, preload: [spareProcessesUrl], excuses }
    return onOwnService("partition", options, context, async stage => {
      await growToReplicated(stage)
      await askDirectly(primaryHere(), context.signal, `create table ${directTable} (row text primary key)`)
      for (const [index, { name, how }] of episodesOf(context).entries()) {
        context.signal.throwIfAborted()
        await episode(name, how, index + 1, stage)
      }
    })
  },
}

function episodesOf(context: DrillContext): { name: string; how: How }[] {
  if (context.short) return [{ name: "deaf", how: "deaf" }]
  return (Object.keys(scopes) as How[])
    .flatMap(how =>
      Array.from({ length: times }, (_, index) => ({ name: `${how} ${index + 1}/${times}`, how })),
    )
    .filter(({ name }) => isWanted(name, context))
}

async function episode(title: string, how: How, nth: number, stage: Stage): Promise<void> {
  const { context } = stage
  const former = primaryHere()
  const direct = new DirectWriters(former, `${nth}/`, () => primaryHere() !== former, context.signal)
  try {
    await direct.begin(writers)
    const scene = await sceneOf(how, former, direct, stage)
    const struck = await strikeUnderLoad(title, scene, context.seed + nth, stage)
    const name = `${title}: ${wordsOf(direct)}`
    const violations = [...struck.violations, ...(await judge(direct, `${nth}/`, stage))]
    const episode: Episode = { ...struck, name, violations }
    const verdict = violations.length === 0 ? "ok" : `VIOLATED: ${violations.slice(0, 3).join("; ")}`
    stage.note(episode, `${name}  ${struck.load.sent} requests  ${struck.load.failed} failed  ${verdict}`)
  } finally {
    direct.end()
  }
}

async function sceneOf(how: How, former: string, direct: DirectWriters, stage: Stage): Promise<Scene> {
  const { service, faults } = stage
  const before = await service.settled()
  const pid = pidIn(before, former)
  const spared = sparedFault("former primary", pid)
  const hang = {
    ...freezeFault({ subject: "postgres", pid, scope: scopes[how], by: "signal" }),
    name: "hang",
  }
  await faults.inject(spared)
  let found: readonly string[] | undefined
  return {
    fault: hang,
    bill: { costs: longLoss.postgres, reachMs: reachMs("hang", "postgres") + unendedMs },
    timeoutMs: patientMs,
    async whole() {
      if (found === undefined) {
        await service.waitFor("another primary", () => primaryHere() !== former)
        await faults.heal(hang)
        found = await watchLate(former, direct, stage).finally(() => faults.heal(spared))
      }
      const isBack = (now: StateView) => now.settled && pidIn(now, former) !== pid
      const after = await service.waitFor(`${former} back as a replica`, isBack)
      const streams = after.instances.some(
        ({ id, database }) => id === former && database?.streaming === true,
      )
      return [
        ...found,
        ...restartViolations(before, after, [former]),
        ...(streams ? [] : [`${former} does not follow the new primary`]),
      ]
    },
  }
}

/** Whoever is connected writes on, others come. Resolves while what it took still waits there. */
async function watchLate(former: string, direct: DirectWriters, { context }: Stage): Promise<string[]> {
  await direct.begin(writers)
  const areTaken = await direct.allTaken()
  await sleep(watchMs[context.short ? "short" : "full"], undefined, { signal: context.signal })
  const taken = direct.count("waiting", true) + direct.count("acknowledged", true)
  return [
    ...(areTaken ? [] : [`${former} did not take every write, so it was not shown what becomes of them`]),
    ...(taken >= writers ? [] : [`${former} was gone before ${writers} writes had waited there`]),
  ]
}

/** What was acknowledged is everywhere, what was begun too late nowhere. */
async function judge(
  { writes }: DirectWriters,
  prefix: string,
  { service, context }: Stage,
): Promise<string[]> {
  const primary = primaryHere()
  const rows = await directRows(primary, prefix, context.signal)
  const kept = new Set(rows)
  const acknowledged = writes.filter(({ outcome }) => outcome === "acknowledged")
  const late = writes.filter(({ isLate }) => isLate)
  const replicas = replicasOf(await service.settled())
  const differing = replicas.map(async id => {
    const isSame = async () =>
      (await directRows(id, prefix, context.signal)).join() === rows.join() || undefined
    return (await lookUntil(withinMs, isSame)) ? [] : [`${id} has other rows than ${primary}`]
  })
  return [
    ...(acknowledged.length > 0 ? [] : ["nobody had written anything to it before"]),
    ...acknowledged
      .filter(({ row }) => !kept.has(row))
      .map(({ row }) => `row ${row} was acknowledged and is lost`),
    ...late
      .filter(({ outcome }) => outcome === "acknowledged")
      .map(({ row }) => `row ${row} was acknowledged by who was the primary no more`),
    ...late
      .filter(({ row }) => kept.has(row))
      .map(({ row }) => `row ${row} is there, and was written to who was the primary no more`),
    ...(await Promise.all(differing)).flat(),
  ]
}

/** What was under way when it was fenced may be there or not: nobody was told. */
function wordsOf(direct: DirectWriters): string {
  const unknown = direct.count("failed", false)
  const late = direct.count("failed", true)
  return `${direct.count("acknowledged", false)} acknowledged, ${unknown} never answered, ${late} written too late`
}
