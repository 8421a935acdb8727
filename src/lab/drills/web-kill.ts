import { setTimeout as sleep } from "node:timers/promises"
import type { StateView } from "../../wire/admin.ts"
import type { Drill } from "./drill.ts"
import { recordedExcuses } from "./stage/fault-costs.ts"
import { onOwnService, type Stage } from "./stage/on-own-service.ts"
import { underLoad } from "./stage/under-load.ts"
import { goodputViolations } from "./web-kill/goodput.ts"
import { countKinds, excuseOfAny, type Struck, strikeWeb } from "./web-kill/web-strike.ts"
import { kindAt } from "./web-kill/web-strikes.ts"

const instances = 4
/** With fewer that are well the next strike waits for its next turn: two of four may be away at a time, never three. */
const leastWell = 3
/** Longer than a freeze that is thawed, and short enough that who hangs is back after two strikes. */
const hungAfterMs = 5000

const formOf = {
  short: { episodes: 1, strikes: 3, everyMs: 2500 },
  /** Thirty minutes. */
  full: { episodes: 30, strikes: 12, everyMs: 5000 },
}

/** One of four web instances after the other is killed, frozen for a while, and frozen for good, without a pause between. */
export const webKill: Drill = {
  name: "web-kill",
  claim:
    "of four web instances one is killed or frozen every five seconds, for half an hour: each that ended is replaced, nothing fails but what was on it and may not be repeated, and in no five seconds are fewer than three quarters of the requests answered",
  async run(context) {
    const options = { drainTimeoutMs: 2000, hungAfterMs, excuses: recordedExcuses() }
    return onOwnService("web-kill", options, context, async stage => {
      await stage.service.change({ type: "grow" })
      await stage.service.change({ type: "scale", instances: { web: instances } })
      const { episodes } = formOf[context.short ? "short" : "full"]
      for (let nth = 1; nth <= episodes; nth++) await strikeAgainAndAgain(nth, stage)
    })
  },
}

async function strikeAgainAndAgain(nth: number, stage: Stage): Promise<void> {
  const { episodes, strikes, everyMs } = formOf[stage.context.short ? "short" : "full"]
  const struck: Struck[] = []
  await underLoad(
    {
      name: `${strikes} strikes ${nth}/${episodes}`,
      loadMs: strikes * everyMs + 2000,
      act: () => strikeInTurn(nth, struck, stage),
      mayRestart: Array.from({ length: instances }, (_, index) => `web-${index + 1}`),
      excuse: excuseOfAny(struck),
      transitions: () => countKinds(struck),
    },
    stage,
  )
}

/** Resolves with what was wrong, once every instance that ended has been replaced. */
async function strikeInTurn(episode: number, struck: Struck[], stage: Stage): Promise<readonly string[]> {
  const { service, recorder, context, faults } = stage
  const { strikes, everyMs } = formOf[context.short ? "short" : "full"]
  const startedMs = Date.now()
  let missed = 0
  for (let nth = 0; nth < strikes; nth++) {
    await sleep(Math.max(0, startedMs + nth * everyMs - Date.now()), undefined, { signal: context.signal })
    const well = wellOf(await service.admin.state(), struck)
    const turn = (episode - 1) * strikes + nth
    if (well.length < leastWell) missed++
    else struck.push(await strikeWeb(kindAt(turn, context.seed), well, context.seed + turn, stage))
  }
  if (missed > strikes / 2) faults.skip(tooSlow(missed, strikes))
  const ended = struck.filter(({ kind }) => kind !== "freeze").map(({ pid }) => pid)
  const after = await service.waitFor(
    "every instance that ended replaced",
    state => state.settled && !state.instances.some(({ pid }) => pid !== undefined && ended.includes(pid)),
  )
  const { ticks, startedAtMs } = recorder.timeline(Date.now())
  const during = ticks.filter(({ atMs }) => startedAtMs + atMs >= startedMs)
  return [...endedByThemselves(after, struck), ...goodputViolations(during)]
}

/** Web instances that are ready, and do not stand still although nobody has noticed yet. */
function wellOf({ instances }: StateView, struck: readonly Struck[]): { id: string; pid: number }[] {
  const away = new Set(struck.filter(({ kind }) => kind !== "freeze").map(({ pid }) => pid))
  return instances.flatMap(({ id, tier, state, pid }) =>
    tier === "web" && state === "ready" && pid !== undefined && !away.has(pid) ? [{ id, pid }] : [],
  )
}

/** Who was thawed in time goes on; only a kill or a hang of its own may have ended it later. */
function endedByThemselves({ instances }: StateView, struck: readonly Struck[]): string[] {
  const living = new Set(instances.map(({ pid }) => pid))
  const ended = new Set(struck.filter(({ kind }) => kind !== "freeze").map(({ pid }) => pid))
  return struck
    .filter(({ kind, pid }) => kind === "freeze" && !living.has(pid) && !ended.has(pid))
    .map(({ id }) => `${id} was frozen for a while, and restarted`)
}

function tooSlow(missed: number, strikes: number): Parameters<Stage["faults"]["skip"]>[0] {
  const why = `fewer than ${leastWell} of ${instances} instances were well at ${missed} of ${strikes} turns`
  return { name: "strike", subject: "web", why, remedy: "run it on a machine with less other work" }
}
