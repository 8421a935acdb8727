import { setTimeout as sleep } from "node:timers/promises"
import { lookUntil } from "../../boot/service/look-until.ts"
import type { Change, PlanView } from "../../wire/admin.ts"
import { writeFields } from "../load/beigel-mix.ts"
import { holdSse } from "../load/hold-sse.ts"
import { holdWebSocket } from "../load/hold-web-socket.ts"
import { slowUpload } from "../load/slow-upload.ts"
import { type Drill, type Episode, isWanted, totalsOf } from "./drill.ts"
import { beginLoad } from "./stage/begin-load.ts"
import { type BeigelSession, beigelSession } from "./stage/beigel-client.ts"
import { idleViolations } from "./stage/idle-violations.ts"
import { onOwnService, type Stage } from "./stage/on-own-service.ts"
import { streamViolations } from "./stage/stream-violations.ts"

/** Long enough for the upload to finish in the process it began in. */
const drainTimeoutMs = 4000
const uploadMs = 3000
/** A busy machine takes its time to start three processes; the last piece of the upload waits for them so long. */
const handOverWithinMs = 20_000
/** Load before the change begins, so that connections are kept alive when it does. */
const leadInMs = 1000
const loadMs = { short: 7000, full: 9000 }
/** Copies take their time. */
const copyLoadMs = { short: 12_000, full: 20_000 }

/** By so many front doors the round trip goes. */
const frontDoors = { short: [2, 1], full: [3, 2, 1] }

/** `front`: another process takes the public socket over. `copies`: databases come, or go. */
type Leg = { readonly name: string; readonly change: Change; readonly moves?: "front" | "copies" }

function roundTrip(form: "short" | "full"): Leg[] {
  const edges = frontDoors[form].map((edge, nth, all) => ({
    name: `edge=${all[nth - 1] ?? 1} -> edge=${edge}`,
    change: { type: "scale", instances: { edge } } as const,
  }))
  return [
    { name: "single -> balanced", change: { type: "grow" }, moves: "front" },
    { name: "web=2 -> web=4", change: { type: "scale", instances: { web: 4 } } },
    ...edges,
    { name: "balanced -> replicated", change: { type: "grow" }, moves: "copies" },
    { name: "replicated -> balanced", change: { type: "shrink" }, moves: "copies" },
    { name: "balanced -> single", change: { type: "shrink" }, moves: "front" },
  ]
}

/** Up the ladder and down again, under load that never retries. */
export const climb: Drill = {
  name: "climb",
  claim: "growing, scaling and shrinking fail no request and reset no connection",
  async run(context) {
    const rounds = context.short ? 1 : 3
    const legs = roundTrip(context.short ? "short" : "full")
    context.say(`starting a service of its own; ${rounds * legs.length} transitions follow`)
    return onOwnService("climb", { drainTimeoutMs }, context, async stage => {
      const session = await beigelSession(stage.target)
      for (let round = 1; round <= rounds; round++) {
        for (const leg of legs) {
          if (!isWanted(leg.name, context)) continue
          context.signal.throwIfAborted()
          const episode = await transition({ ...leg, name: `${round}. ${leg.name}` }, session, stage)
          stage.note(episode, wordsOf(episode))
        }
      }
    })
  },
}

async function transition(
  { name, change, moves }: Leg,
  session: BeigelSession,
  stage: Stage,
): Promise<Episode> {
  const { service, target, context } = stage
  const streamsEnd = new AbortController()
  const form = context.short ? "short" : "full"
  const durationMs = (moves === "copies" ? copyLoadMs : loadMs)[form]
  const rps = { short: 60, full: 100 }[form]
  const load = await beginLoad({ seed: context.seed, rps, durationMs }, stage)
  const held = [
    holdSse({ target, path: "/api/feed/live?lat=40.7265&lon=-73.9815" }, streamsEnd.signal),
    holdWebSocket({ target, path: "/api/live?lat=40.7265&lon=-73.9815" }, streamsEnd.signal),
  ]
  await sleep(leadInMs, undefined, { signal: context.signal })
  const uploadStartedMs = Date.now()
  const upload = slowUpload({
    target,
    path: `/api/cafes/${session.cafeId}/posts`,
    fields: writeFields(session.origin, session.cookies.header),
    body: JSON.stringify({ text: `An upload that spans ${name}.` }),
    overMs: uploadMs,
    ...(moves === "front" ? { lastAfter: handOver(stage) } : {}),
  })
  await sleep(200)
  if (moves === "copies") stage.recorded.readsMayLag = true
  const plan = await service.change(change)
  if (change.type === "shrink") stage.recorded.readsMayLag = false
  const uploaded = await upload
  const uploadEndedMs = uploadStartedMs + uploaded.heldMs
  const report = await load.report
  streamsEnd.abort()
  const streams = [...(await Promise.all(held)), uploaded]
  const span = moves === "front" ? spanViolations(plan, uploadStartedMs, uploadEndedMs) : []
  return {
    name,
    tookMs: (plan?.finishedAtMs ?? 0) - (plan?.startedAtMs ?? 0),
    load: totalsOf(report),
    streams,
    violations: [
      ...Object.entries(report.failures)
        .filter(([, count]) => count > 0)
        .map(([kind, count]) => `${count} requests failed: ${kind} ${JSON.stringify(report.samples[0])}`),
      ...(report.abandoned > 0 ? [`${report.abandoned} requests were not awaited`] : []),
      ...idleViolations(report.connections),
      ...streams.flatMap(streamViolations),
      ...span,
    ],
    excused: {},
  }
}

/** Resolves when the old front door has been told to close, or is not in good time: the span is judged afterwards. */
function handOver({ service }: Stage): Promise<unknown> {
  const isClosing = (plan: PlanView | null) =>
    plan?.phases.flat().some(({ kind, state }) => kind === "close" && state !== "pending")
  return lookUntil(handOverWithinMs, async () => {
    const state = await service.admin.state().catch(() => undefined)
    return isClosing(state?.plan ?? null) === true ? true : undefined
  })
}

/** The upload must have begun before the new front door opened and ended after the old one was told to close. */
function spanViolations(plan: PlanView | null, startedMs: number, endedMs: number): string[] {
  if (plan?.startedAtMs === undefined || plan.finishedAtMs === undefined) return ["there was no plan to span"]
  const beforeClose = plan.phases.slice(
    0,
    plan.phases.findIndex(phase => phase.some(step => step.kind === "close")),
  )
  const closedAtMs =
    plan.startedAtMs +
    beforeClose.reduce((sum, phase) => sum + Math.max(...phase.map(step => step.tookMs ?? 0)), 0)
  return startedMs < plan.startedAtMs && endedMs > closedAtMs
    ? []
    : [
        `the upload (${startedMs} to ${endedMs}) does not span the hand-over (${plan.startedAtMs} to ${closedAtMs})`,
      ]
}

function wordsOf(episode: Episode): string {
  const { load, streams, tookMs, violations } = episode
  const ends = streams.map(({ kind, end, closeCode }) => `${kind} ${end}${closeCode ? ` ${closeCode}` : ""}`)
  const verdict = violations.length === 0 ? "ok" : `VIOLATED: ${violations.join("; ")}`
  return `${episode.name}  ${(tookMs / 1000).toFixed(1)} s  ${load.sent} requests (${load.onNewConnections} on new, ${load.onReusedConnections} on reused connections)  ${load.failed} failed  p99 ${load.latencyMs.p99.toFixed(0)} ms  ${ends.join(", ")}  ${verdict}`
}
