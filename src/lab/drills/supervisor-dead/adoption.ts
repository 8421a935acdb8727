import { identifyProcess } from "../../../kit/node/process-identity.ts"
import type { StateView } from "../../../wire/admin.ts"
import { logLines } from "../../service-log.ts"
import { birthMs, patience } from "./agent-patience.ts"
import type { DeadScene, Timed } from "./dead-scene.ts"

/** From a supervisor's birth until it shows all that live as ready. */
const adoptWithinMs = 2000
const webs = 3

/** `backAfterMs`: from the moment a supervisor might live to the birth of one. `tookMs`: from there to the adoption. */
export type Adoption = { readonly backAfterMs: number; readonly tookMs: number }

/** Waits until a supervisor shows everything that lives as ready, under the pids it always had. */
export async function whenAdopted(scene: DeadScene, releasedAtMs: number): Promise<Adoption> {
  const { stage, living } = scene
  const { supervisor } = await stage.service.waitFor("the adoption of all that lives", state =>
    [...living].every(([id, pid]) =>
      state.instances.some(one => one.id === id && one.pid === pid && one.state === "ready"),
    ),
  )
  const adoptedAtMs = Date.now()
  const born = logLines("agent", "supervisor spawned").findLast(({ pid }) => pid === supervisor.pid)
  if (born === undefined) throw new Error(`no agent tells of supervisor ${supervisor.pid}`)
  const bornAtMs = Date.parse(born.time)
  // One that was being born when it was let live is back at once.
  return { backAfterMs: Math.max(0, bornAtMs - releasedAtMs), tookMs: adoptedAtMs - bornAtMs }
}

export function adoptionWords({ backAfterMs, tookMs }: Adoption): string {
  return `born after ${backAfterMs} ms, all adopted ${tookMs} ms later`
}

export function adoptionTimes({ backAfterMs, tookMs }: Adoption): Timed[] {
  return [
    {
      what: "the birth of a supervisor that may live",
      tookMs: backAfterMs,
      withinMs: patience.capMs + birthMs,
    },
    { what: "the adoption of all that lives", tookMs, withinMs: adoptWithinMs },
  ]
}

/** What is there must be what was there, whole again, and nobody else's. */
export function adoptionViolations(scene: DeadScene, { instances }: StateView): string[] {
  const restarted = [...scene.living].filter(
    ([id, pid]) => !instances.some(one => one.id === id && one.pid === pid),
  )
  const signalled = scene.strangers.filter(({ stranger }) => {
    const before = stranger()
    return before === undefined || identifyProcess(before.pid)?.startedAt !== before.startedAt
  })
  const ready = instances.filter(({ id, state }) => id.startsWith("web-") && state === "ready").length
  return [
    ...restarted.map(([id, pid]) => `${id} (pid ${pid}) was restarted`),
    ...(ready === webs ? [] : [`${ready} web instances in the end, not ${webs}`]),
    ...signalled.map(({ stranger }) => `another program (pid ${stranger()?.pid}) was ended for one of ours`),
  ]
}
