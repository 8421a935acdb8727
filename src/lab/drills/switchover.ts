import type { Drill } from "./drill.ts"
import { growToReplicated, pidIn, primaryHere, replicasOf } from "./stage/databases.ts"
import { onOwnService, type Stage } from "./stage/on-own-service.ts"
import { underLoad } from "./stage/under-load.ts"
import { WriteProbe } from "./stage/write-probe.ts"

const timesOf = { short: 2, full: 300 }
const settingsTimesOf = { short: 1, full: 10 }
const loadMs = { short: 1500, full: 2000 }

/** The primary's place is given to a replica again and again, under users whose every write is recorded. */
export const switchover: Drill = {
  name: "switchover",
  claim:
    "another database becomes the primary by a plan, again and again: no request fails, no acknowledged write is lost, no session reads older than its own writes, and nobody is restarted but the former primary; settings that want a restart are taken up by every database the same way, the replicas first",
  async run(context) {
    return onOwnService("switchover", { drainTimeoutMs: 2000 }, context, async stage => {
      await growToReplicated(stage)
      const times = timesOf[context.short ? "short" : "full"]
      for (let nth = 1; nth <= times; nth++) await switchUnderLoad(`switchover ${nth}/${times}`, stage)
      const changes = settingsTimesOf[context.short ? "short" : "full"]
      for (let nth = 1; nth <= changes; nth++)
        await changeSettings(`settings ${nth}/${changes}`, 32 + nth, stage)
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

/** `npx banyan apply` of a setting that Postgres takes up at its start alone. */
async function changeSettings(name: string, sharedBuffersMb: number, stage: Stage): Promise<void> {
  const before = await stage.service.settled()
  const former = primaryHere()
  const databases = [former, ...replicasOf(before)]
  return underLoad(
    {
      name,
      loadMs: loadMs[stage.context.short ? "short" : "full"],
      mayRestart: databases,
      async act({ service, target, measures }) {
        const probe = await WriteProbe.start(target)
        service.configure({ stage: "replicated", data: { sharedBuffersMb } })
        const plan = await service.change({ type: "apply" }).finally(() => probe.stop())
        measures.add("longest wait of a write while settings are taken up", probe.longestWaitMs)
        const after = await service.settled()
        const old = databases.filter(id => pidIn(after, id) === pidIn(before, id))
        const waiting = after.instances.flatMap(({ warning = [] }) => warning)
        return [
          ...probe.failed,
          ...(plan?.trigger === "apply" ? [] : ["apply began no plan"]),
          ...(primaryHere() === former ? [`${former} is still the primary`] : []),
          ...old.map(id => `${id} was not started again`),
          ...waiting,
        ]
      },
    },
    stage,
  )
}
