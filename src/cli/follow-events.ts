import { setTimeout as sleep } from "node:timers/promises"
import { type AdminAccess, readAdminAccess } from "../boot/service/admin-access.ts"
import { AdminClient } from "../boot/service/admin-client.ts"
import { isUp, staysUp } from "../boot/service/down.ts"
import type { Output } from "./output.ts"
import { EventWords } from "./words/event-words.ts"

const retryEveryMs = 250

/**
 * Tells what happens to a service as it happens. Resolves when it is down (its agent has gone) or `signal` aborts;
 * a control plane that dies and comes back is told and waited for, unless `endIsNear`, or an event said so, and its
 * going is expected.
 */
export async function followEvents(
  access: AdminAccess,
  out: Output,
  signal: AbortSignal,
  endIsNear = false,
): Promise<void> {
  const words = new EventWords()
  let client = new AdminClient(access)
  let away = false
  while (!signal.aborted) {
    try {
      const state = await client.state()
      if (away) out.say(`the control plane is back (pid ${state.supervisor.pid})`)
      else words.know(state.instances)
      away = false
      for await (const { event } of client.events(signal)) {
        endIsNear ||= event.type === "plan" && event.plan.trigger === "down"
        out.value(event)
        for (const line of words.lines(event)) out.say(line)
      }
    } catch {
      // The link ended or could not be made: what that means is found out below.
    }
    if (signal.aborted || !(await (endIsNear ? isUp() : staysUp()))) return
    if (!away && !endIsNear) out.say("the control plane is away; the service serves on")
    away = true
    await sleep(retryEveryMs, undefined, { signal }).catch(() => {})
    client = new AdminClient(readAdminAccess() ?? access)
  }
}
