import { statSync } from "node:fs"
import { logOf } from "../../boot/project-paths.ts"
import { AdminRefusal } from "../../boot/service/admin-client.ts"
import { lookUntil } from "../../boot/service/look-until.ts"
import type { StateView } from "../../wire/admin.ts"
import { killFault } from "../faults/kill.ts"
import type { BeigelSession } from "./stage/beigel-client.ts"
import type { Stage } from "./stage/on-own-service.ts"
import { ask } from "./stage/plain-http.ts"

/** A change that cannot be kept is refused, not left waiting. */
const refusedWithinMs = 2000
/** Twice what a log waits before it tries again. */
const logsAgainMs = 1000
/** The agent's longest wait before it starts a supervisor, and everything that has to be started then, three times. */
const wholeAgainMs = 30_000
/** Each is an eighth of a page of the database: so many do not fit into what its tables hold free. */
const roomy = { text: "A long story. ".repeat(70), most: 200 }

/** The database's tables grow until they cannot: what was filled is felt, and told with a 5xx. */
export async function askForRoom(
  { target, context }: Stage,
  { origin, cookies, cafeId }: BeigelSession,
): Promise<string[]> {
  for (let nth = 1; nth <= roomy.most; nth++) {
    context.signal.throwIfAborted()
    const { status, failure, detail } = await ask(target, {
      method: "POST",
      path: `/api/cafes/${cafeId}/posts`,
      fields: { origin, cookie: cookies.header },
      body: { text: `${nth} ${roomy.text}` },
    })
    if (status >= 500) return []
    if (status !== 201) return [`a write on a full disk was answered with ${status} ${failure ?? detail}`]
  }
  return [`${roomy.most} writes that needed room were taken on a full disk`]
}

/** Refused at once, with words, or taken: then it is done when there is room. */
export async function askForChange({ service }: Stage): Promise<string[]> {
  const startedMs = performance.now()
  const refusal = await service.admin.change({ type: "scale", instances: { web: 3 } }).then(
    () => undefined,
    (error: unknown) => error,
  )
  const tookMs = Math.round(performance.now() - startedMs)
  const isClear = refusal === undefined || (refusal instanceof AdminRefusal && refusal.code === "BN1320")
  return [
    ...(isClear ? [] : [`a change was refused, but not for its journal: ${refusal}`]),
    ...(tookMs <= refusedWithinMs ? [] : [`a change was answered after ${tookMs} ms`]),
  ]
}

/** A change works, a new supervisor reads in the journal what the one before it wrote, and logs go on. */
export async function wholeAgain(
  before: StateView,
  supervisorDied: boolean,
  { service, faults }: Stage,
): Promise<string[]> {
  const sizeOfLog = () => statSync(logOf("edge-1")).size
  const loggedBytes = sizeOfLog()
  const logged = lookUntil(logsAgainMs, async () => (sizeOfLog() > loggedBytes ? true : undefined))
  const settled = await lookUntil(wholeAgainMs, async () => {
    const state = await service.admin.state().catch(() => undefined)
    return state?.settled ? state : undefined
  })
  if (settled === undefined) return [`the service was not whole ${wholeAgainMs} ms after there was room`]
  await service.change({ type: "scale", instances: { web: 3 } })
  const { supervisor } = await service.settled()
  await faults.inject(killFault("supervisor", supervisor.pid))
  const next = await service.waitFor(
    "the next supervisor",
    state => state.settled && state.supervisor.pid !== supervisor.pid,
  )
  await service.change({ type: "scale", instances: { web: 2 } })
  const isSame = supervisorDied || supervisor.pid === before.supervisor.pid
  const webs = next.instances.filter(({ id }) => id.startsWith("web-")).length
  return [
    ...((await logged) ? [] : [`edge-1 logged nothing for ${logsAgainMs} ms after there was room`]),
    ...(isSame ? [] : ["the supervisor was restarted"]),
    ...(webs === 3 ? [] : [`the next supervisor found ${webs} web instances in its journal, not 3`]),
  ]
}
