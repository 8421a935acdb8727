import { setTimeout as sleep } from "node:timers/promises"
import { terminateFault } from "../faults/terminate.ts"
import { writeFields } from "../load/beigel-mix.ts"
import { slowUpload } from "../load/slow-upload.ts"
import type { Drill } from "./drill.ts"
import { beigelSession } from "./stage/beigel-client.ts"
import { onOwnService } from "./stage/on-own-service.ts"
import { streamViolations } from "./stage/stream-violations.ts"
import { type Act, underLoad } from "./stage/under-load.ts"

/** Time for the process to leave and for another one to serve. */
const loadMs = 5000
/** Shorter than what a process gets that is told to leave without a plan. */
const uploadMs = 1500
const begunMs = 200
/** More than there are instances: whoever is told to leave has one under way. */
const uploads = 4

/** Every process a request passes is told to leave (SIGTERM), as an administrator or a service manager does it. */
export const stopAny: Drill = {
  name: "stop-any",
  claim: "SIGTERM of a process finishes what it has begun, costs no request, and another one takes its place",
  async run(context) {
    return onOwnService("stop-any", { drainTimeoutMs: 2000 }, context, async stage => {
      const times = context.short ? 1 : 5
      await inTurn(["app-1"], times)
      await stage.service.change({ type: "grow" })
      await inTurn(["web-1", "edge-1"], times)

      async function inTurn(ids: readonly string[], times: number): Promise<void> {
        for (const id of ids)
          for (let nth = 1; nth <= times; nth++)
            await underLoad({ name: `${id} ${nth}/${times}`, loadMs, act: stop(id), mayRestart: [id] }, stage)
      }
    })
  },
}

/** In the middle of uploads: each must be answered. */
function stop(id: string): Act {
  return async ({ service, target, faults, context }) => {
    const { instances } = await service.settled()
    const { pid } = instances.find(one => one.id === id)!
    const session = await beigelSession(target)
    const underWay = Array.from({ length: uploads }, (_, nth) =>
      slowUpload({
        target,
        path: `/api/cafes/${session.cafeId}/posts`,
        fields: writeFields(session.origin, session.cookies.header),
        body: JSON.stringify({ text: `Upload ${nth} while ${id} is told to leave.` }),
        overMs: uploadMs,
      }),
    )
    await sleep(begunMs, undefined, { signal: context.signal })
    await faults.inject(terminateFault(id, pid!))
    await service.waitFor(`${id} replaced`, now => now.settled && now.instances.every(one => one.pid !== pid))
    return (await Promise.all(underWay)).flatMap(streamViolations)
  }
}
