import { setTimeout as sleep } from "node:timers/promises"
import { agentPid } from "../../boot/service/agent-pid.ts"
import { lookUntil } from "../../boot/service/look-until.ts"
import type { StateView } from "../../wire/admin.ts"
import type { Fault } from "../faults/fault.ts"
import type { Strike } from "../faults/fault-injector.ts"
import { killFault } from "../faults/kill.ts"
import { settableClockUrl, skewedClock } from "../faults/skewed-clock.ts"
import { holdSse } from "../load/hold-sse.ts"
import type { Drill, DrillContext } from "./drill.ts"
import { type BeigelSession, beigelSession } from "./stage/beigel-client.ts"
import { costsOf, excuseOf, reachMs, recordedExcuses } from "./stage/fault-costs.ts"
import { onOwnService, type Stage } from "./stage/on-own-service.ts"
import { ask } from "./stage/plain-http.ts"
import { streamViolations } from "./stage/stream-violations.ts"
import { type Act, underLoad } from "./stage/under-load.ts"

const victims = ["supervisor", "agent", "edge-1", "web-1"] as const
type Victim = (typeof victims)[number]

const hourMs = 3_600_000
/** Long enough to set a clock back in the middle of it. */
const drainTimeoutMs = 2000
const loadMs = 7000
/** Two deaths and the longest wait before a start that may follow two of them, with room for a busy machine. */
const replaceWithinMs = 10_000
/** So many that the newest of three web instances surely holds one, which its drain then has to wait for. */
const streams = 24

/** What each death of a web instance may cost. */
const bill = { costs: costsOf.web, reachMs: reachMs("kill", "web") }

/** The wall clock of each process jumps by an hour and back, under load and in the middle of a plan. */
export const clockSkew: Drill = {
  name: "clock-skew",
  claim:
    "a wall clock that is set forward or back by an hour, in any process, fails no request, ends no session, restarts nothing and stops no plan",
  async run(context) {
    const options = {
      drainTimeoutMs,
      faults: true,
      preload: [settableClockUrl],
      excuses: recordedExcuses(),
    }
    return onOwnService("clock-skew", options, context, async stage => {
      await stage.service.change({ type: "grow" })
      for (const jumps of jumpsOf(context)) {
        const name = jumps.map(wordsOfJump).join(", ")
        await underLoad({ name, loadMs, act: jump(jumps) }, stage)
      }
      await dieTwiceUnderLoad(stage)
    })
  },
}

type Jump = { readonly victim: Victim; readonly offsetMs: number }

/** Each process alone, both ways; in short form all at once, each its own way by the seed. */
function jumpsOf({ short, seed }: DrillContext): Jump[][] {
  const bothWays = [hourMs, -hourMs]
  if (short) return [victims.map((victim, nth) => ({ victim, offsetMs: bothWays[(seed + nth) % 2]! }))]
  return victims.flatMap(victim => bothWays.map(offsetMs => [{ victim, offsetMs }]))
}

/** Up under skewed clocks, down with the clocks set back in the middle of the drain. */
function jump(jumps: readonly Jump[]): Act {
  return async ({ service, target, faults, context }) => {
    const state = await service.settled()
    const before = await beigelSession(target)
    const clocks: Fault[] = []
    for (const { victim, offsetMs } of jumps)
      clocks.push(skewedClock(victim, await pidOf(victim, state), offsetMs))
    for (const clock of clocks) await faults.inject(clock)
    const since = await beigelSession(target)
    await service.change({ type: "scale", instances: { web: 3 } })
    const over = new AbortController()
    const held = await holdStreams(target, over.signal)
    const shrunk = service.change({ type: "scale", instances: { web: 2 } })
    // Whoever awaits it hears of a failure.
    shrunk.catch(() => {})
    const isWeb3 = ({ id }: { readonly id: string }) => id === "web-3"
    const seen = await service.waitFor("web-3 draining", ({ instances }) =>
      instances.filter(isWeb3).every(({ state }) => state === "draining"),
    )
    if (!seen.instances.some(isWeb3)) throw new Error("web-3 held no stream: no clock was set in its drain")
    await sleep(200, undefined, { signal: context.signal })
    for (const clock of clocks) await faults.heal(clock)
    await shrunk
    over.abort()
    return [
      ...(await Promise.all(held.ends)).flatMap(streamViolations),
      ...(await isSignedIn(before, target, "before the jump")),
      ...(await isSignedIn(since, target, "under the skewed clock")),
    ]
  }
}

/** Resolves when all are open, or have ended too early. */
async function holdStreams(target: Stage["target"], signal: AbortSignal) {
  const path = "/api/feed/live?lat=40.7265&lon=-73.9815"
  const begun = Array.from({ length: streams }, () => {
    const { promise, resolve: onOpen } = Promise.withResolvers<void>()
    return { opened: promise, end: holdSse({ target, path, onOpen }, signal) }
  })
  await Promise.all(begun.map(({ opened, end }) => Promise.race([opened, end])))
  return { ends: begun.map(({ end }) => end) }
}

async function dieTwiceUnderLoad(stage: Stage): Promise<void> {
  const strikes: Strike[] = []
  await underLoad(
    {
      name: "supervisor +1 h, web-2 dies twice",
      loadMs,
      act: dieTwice(strikes),
      mayRestart: ["web-2"],
      excuse: (sample, startedAtMs) =>
        strikes.map(strike => excuseOf(sample, bill, strike, startedAtMs)).find(Boolean),
    },
    stage,
  )
}

/** What a death costs in waiting is counted under one clock and waited for under another. Adds to `strikes` each death. */
function dieTwice(strikes: Strike[]): Act {
  return async ({ service, faults }) => {
    const { supervisor } = await service.settled()
    const clock = skewedClock("supervisor", supervisor.pid, hourMs)
    await faults.inject(clock)
    for (const deaths of [1, 2]) {
      const pid = await pidOf("web-2", await service.settled())
      strikes.push(await faults.inject(killFault("web-2", pid)))
      await service.waitFor(`the end of web-2 ${pid}`, ({ instances }) =>
        instances.every(one => one.id !== "web-2" || one.pid !== pid || one.state === "exited"),
      )
      if (deaths === 2) await faults.heal(clock)
      const isBack = async () => ((await service.admin.state()).settled ? true : undefined)
      if ((await lookUntil(replaceWithinMs, isBack)) === undefined)
        return [`web-2 was not replaced within ${replaceWithinMs} ms after death ${deaths}`]
    }
    return []
  }
}

async function isSignedIn(
  { cookies, origin }: BeigelSession,
  target: Stage["target"],
  when: string,
): Promise<string[]> {
  const fields = { cookie: cookies.header, origin }
  const { status, json } = await ask(target, { method: "GET", path: "/api/me", fields })
  const { user } = (json ?? {}) as { user?: unknown }
  return status === 200 && user ? [] : [`who signed in ${when} is signed out (status ${status})`]
}

async function pidOf(victim: Victim | "web-2", state: StateView): Promise<number> {
  if (victim === "agent") return agentPid()
  if (victim === "supervisor") return state.supervisor.pid
  return state.instances.find(({ id }) => id === victim)!.pid!
}

function wordsOfJump({ victim, offsetMs }: Jump): string {
  return `${victim} ${offsetMs > 0 ? "+" : "-"}${Math.abs(offsetMs) / hourMs} h`
}
