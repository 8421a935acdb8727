import type { Drill } from "./drill.ts"
import { growToReplicated, primaryHere } from "./stage/databases.ts"
import { onOwnService, type Stage } from "./stage/on-own-service.ts"
import { underLoad } from "./stage/under-load.ts"
import { WriteProbe } from "./stage/write-probe.ts"

const timesOf = { short: 2, full: 300 }
const loadMs = { short: 1500, full: 2000 }

/** The primary's place is given to a replica again and again, under users whose every write is recorded. */
export const switchover: Drill = {
  name: "switchover",
  claim:
    "another database becomes the primary by a plan, again and again: no request fails, no acknowledged write is lost, no session reads older than its own writes, and nobody is restarted but the former primary",
  async run(context) {
    return onOwnService("switchover", { drainTimeoutMs: 2000 }, context, async stage => {
      await growToReplicated(stage)
      const times = timesOf[context.short ? "short" : "full"]
      for (let nth = 1; nth <= times; nth++) await switchUnderLoad(`switchover ${nth}/${times}`, stage)
    })
  },
}

function switchUnderLoad(name: string, stage: Stage): Promise<void> {
  const former = primaryHere()
  return underLoad(
    {
      name,
      loadMs: loadMs[stage.context.short ? "short" : "full"],
      // It goes on as a replica; a switchover that restarts anybody else is none.
      mayRestart: [former],
      async act({ service, target, measures }) {
        const probe = await WriteProbe.start(target)
        await service.change({ type: "switchover" }).finally(() => probe.stop())
        measures.add("longest wait of a write in a switchover", probe.longestWaitMs)
        const { databases } = await service.settled()
        return [
          ...probe.failed,
          ...(primaryHere() === former ? [`${former} is still the primary`] : []),
          ...(databases?.primary === primaryHere() ? [] : ["status names another primary than the host"]),
          ...(databases?.promotion?.why === "switch-over" ? [] : ["it was no switchover that moved it"]),
        ]
      },
    },
    stage,
  )
}
