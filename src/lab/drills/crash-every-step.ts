import { readFileSync } from "node:fs"
import { setTimeout as sleep } from "node:timers/promises"
import {
  clearPlantedCrash,
  crashIsPlanted,
  type PlantedCrash,
  plantCrash,
} from "../../boot/instance/crash-point.ts"
import { journalFile } from "../../boot/project-paths.ts"
import type { Change, PlanView, StateView } from "../../wire/admin.ts"
import type { Fault } from "../faults/fault.ts"
import { killFault } from "../faults/kill.ts"
import type { ScratchService } from "../scratch-service.ts"
import { type Drill, type DrillContext, type Episode, isWanted, totalsOf } from "./drill.ts"
import { beginLoad } from "./stage/begin-load.ts"
import { onOwnService, type Stage } from "./stage/on-own-service.ts"

/** Longest time from a crash to a service that is whole again, in its old or its new shape. */
const convergeWithinMs = 10_000
const loadMs = 5000
/** A plan that finds more done than the first one did writes fewer records: then the point is tried again. */
const tries = 3
/** A short run takes each forty-third point: another mixture of victims and moments, the same code. */
const shortStride = 43

/** How many front doors a shape has, and all that runs in it. */
const shapes = {
  single: { edges: 0, whole: "postgres 1 app 1 web 0 edge 0" },
  balanced: { edges: 1, whole: "postgres 1 app 0 web 2 edge 1" },
  "balanced, edge=2": { edges: 2, whole: "postgres 1 app 0 web 2 edge 2" },
} as const
type Shape = keyof typeof shapes

const edges = (edge: number): Change => ({ type: "scale", instances: { edge } })

/** Each begins where the one before ends. */
const changes: readonly { name: string; change: Change; from: Shape }[] = [
  { name: "grow", change: { type: "grow" }, from: "single" },
  { name: "edge=2", change: edges(2), from: "balanced" },
  { name: "edge=1", change: edges(1), from: "balanced, edge=2" },
  { name: "shrink", change: { type: "shrink" }, from: "balanced" },
]

/** The supervisor, and the agent, die before and after every record a real plan writes. */
export const crashEveryStep: Drill = {
  name: "crash-every-step",
  claim:
    "the supervisor or the agent killed before or after any record of a plan: the change is finished or taken back, nothing is left half-way, no request fails",
  async run(context) {
    const options = { drainTimeoutMs: 2000, faults: true }
    return onOwnService("crash-every-step", options, context, async stage => {
      const points = await pointsOfRealPlans(stage.service, context)
      for (const [index, point] of points.entries()) {
        if (!isWanted(nameOf(point), context)) continue
        context.signal.throwIfAborted()
        const episode = await crash(point, index, stage)
        stage.note(episode, wordsOf(episode, index + 1, points.length))
      }
    })
  },
}

type Point = PlantedCrash & { readonly record: string; readonly change: (typeof changes)[number] }

/** Runs each change once unharmed and reads from the journal what it wrote. */
async function pointsOfRealPlans(service: ScratchService, context: DrillContext): Promise<Point[]> {
  const points: Point[] = []
  for (const change of changes) {
    const before = journalRecords().length
    await service.change(change.change)
    await service.settled()
    const records = journalRecords().slice(before)
    context.say(`${change.name} writes ${records.length} records: ${records.join(", ")}`)
    const victims = ["supervisor", "agent"] as const
    const moments = ["before", "after"] as const
    for (const [index, record] of records.entries())
      for (const victim of victims)
        for (const when of moments) points.push({ victim, when, nth: index + 1, record, change })
  }
  return context.short ? points.filter((_, index) => index % shortStride === 0) : points
}

function journalRecords(): string[] {
  const lines = readFileSync(journalFile, "utf8").trimEnd().split("\n")
  return lines.map(line => /"type":"([a-z-]+)"/.exec(line)?.[1] ?? "unreadable")
}

/**
 * A failure that came with a crash that never happened is one all the same. Plans that wrote fewer records each time (two
 * maps in one) have their crash one record earlier.
 */
async function crash(point: Point, index: number, stage: Stage): Promise<Episode> {
  for (let nth = 1; nth <= tries; nth++) {
    const { happened, episode } = await tryToCrash(point, index, stage)
    if (happened || episode.violations.length > 0) return episode
    if (nth === tries && point.nth === 1) return { ...episode, violations: ["the crash never happened"] }
  }
  return crash({ ...point, nth: point.nth - 1 }, index, stage)
}

async function tryToCrash(point: Point, index: number, stage: Stage) {
  const { service, context } = stage
  const { change, victim } = point
  await bringTo(change.from, service)
  const seed = context.seed + index
  const load = await beginLoad({ seed, rps: 60, durationMs: loadMs }, stage)
  await sleep(500, undefined, { signal: context.signal })
  await stage.faults.inject(plantedCrash(point))
  const startedMs = Date.now()
  // The answer may be lost with the supervisor that was to give it.
  const promised = await service.admin.change(change.change).catch(() => null)
  const { happened, state, tookMs } = await converged(service, startedMs).finally(clearPlantedCrash)
  const report = await load.report
  const violations = [
    ...shapeViolations(state),
    ...(promised === null ? [] : await forgottenViolations(promised, service)),
    ...(victim === "supervisor" ? await wishViolations(state, stage) : []),
    ...(tookMs > convergeWithinMs ? [`took ${tookMs} ms to be whole again`] : []),
    ...report.samples.map(
      ({ failure, method, target, detail }) => `${failure} ${method} ${target} ${detail}`,
    ),
  ]
  const episode: Episode = {
    name: `${nameOf(point)} -> ${shapeOf(state) ?? state.stage}`,
    tookMs,
    load: totalsOf(report),
    streams: [],
    violations,
    excused: {},
  }
  return { happened, episode }
}

function nameOf({ change, victim, when, nth, record }: Point): string {
  return `${change.name}: ${victim} ${when} record ${nth} (${record})`
}

function plantedCrash({ victim, when, nth }: Point): Fault {
  return {
    name: "crash-planted",
    subject: victim,
    detail: `${when} record ${nth}`,
    async strike() {
      plantCrash({ victim, when, nth })
    },
    async heal() {
      clearPlantedCrash()
    },
  }
}

/** Waits for the crash, then for a settled service. A record a resumed plan never writes again leaves it planted. */
async function converged(service: ScratchService, startedMs: number) {
  let state = await service.waitFor(
    "the crash or the end of the plan",
    now => now.settled || !crashIsPlanted(),
  )
  const happened = !crashIsPlanted()
  state = await service.settled()
  return { happened, state, tookMs: Date.now() - startedMs }
}

/** Whoever was told that a plan began can learn how it ended. */
async function forgottenViolations({ id }: PlanView, { admin }: ScratchService): Promise<string[]> {
  const ended = await admin.plan(id).catch(() => undefined)
  return ended !== undefined && ["done", "undone"].includes(ended.state)
    ? []
    : [`${id}, which had been promised, is ${ended?.state ?? "forgotten"}`]
}

/** What a resumed plan has made is also what the next supervisor wants. */
async function wishViolations(state: StateView, stage: Stage): Promise<string[]> {
  const { pid } = state.supervisor
  await stage.faults.inject(killFault("supervisor", pid))
  const next = await stage.service.waitFor(
    "another supervisor",
    now => now.settled && now.supervisor.pid !== pid,
  )
  const [before, after] = [shapeOf(state), shapeOf(next)]
  return before === after ? [] : [`the next supervisor went from ${before} to ${after}`]
}

/** What runs must be the old or the new shape, whole. */
function shapeViolations(state: StateView): string[] {
  return shapeOf(state) === undefined
    ? [`half-way: ${runningIn(state)} in stage ${state.stage}, ${state.instances.length} instances`]
    : []
}

/** The shape that runs whole, and is wanted; undefined: none. */
function shapeOf(state: StateView): Shape | undefined {
  const names = Object.keys(shapes) as Shape[]
  return names.find(
    name =>
      name.startsWith(state.stage) &&
      state.desired.instances["edge"] === shapes[name].edges &&
      runningIn(state) === shapes[name].whole,
  )
}

/** Who runs and is ready; and who else is listed. */
function runningIn({ instances }: StateView): string {
  const count = (prefix: string) =>
    instances.filter(({ id, state }) => id.startsWith(`${prefix}-`) && state === "ready").length
  const others = instances.filter(({ state }) => state !== "ready").length
  const ready = ["postgres", "app", "web", "edge"].map(group => `${group} ${count(group)}`).join(" ")
  return others === 0 ? ready : `${ready} and ${others} not ready`
}

async function bringTo(shape: Shape, service: ScratchService): Promise<void> {
  const { stage } = await service.settled()
  const wanted = shape === "single" ? "single" : "balanced"
  if (stage !== wanted) await service.change({ type: wanted === "single" ? "shrink" : "grow" })
  const { desired } = await service.settled()
  if (desired.instances["edge"] !== shapes[shape].edges) await service.change(edges(shapes[shape].edges))
  await service.settled()
}

function wordsOf({ name, tookMs, load, violations }: Episode, nth: number, of: number): string {
  const verdict = violations.length === 0 ? "ok" : `VIOLATED: ${violations.slice(0, 3).join("; ")}`
  return `${nth}/${of} ${name}  whole after ${tookMs} ms  ${load.sent} requests  ${load.failed} failed  ${verdict}`
}
