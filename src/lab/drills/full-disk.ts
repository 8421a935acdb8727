import { tmpdir } from "node:os"
import { setTimeout as sleep } from "node:timers/promises"
import type { StateView } from "../../wire/admin.ts"
import type { Excuse as RecordedExcuse } from "../checkers/excuse.ts"
import { healingOf } from "../faults/fault.ts"
import { fullDiskFault, SmallDisk } from "../faults/full-disk.ts"
import { killFault } from "../faults/kill.ts"
import type { FailureSample } from "../load/load.ts"
import { TimelineRecorder } from "../report/timeline-recorder.ts"
import type { Drill, DrillContext, DrillFindings } from "./drill.ts"
import { askForChange, askForRoom, wholeAgain } from "./full-disk-checks.ts"
import { beigelSession } from "./stage/beigel-client.ts"
import { type Cost, costsOf, excuseOf, reachMs, recordedExcuses } from "./stage/fault-costs.ts"
import { onOwnService, type Stage } from "./stage/on-own-service.ts"
import { underLoad } from "./stage/under-load.ts"

/** Holds a new database and its template twice over, and is filled within a second. */
const sizeMb = 256
const drainTimeoutMs = 1000
const fullMs = { short: 2500, full: 6000 }
/** Over before Postgres makes its first checkpoint by itself, or needs another file for its log: both end it on a full disk. */
const fullRounds = 3
/** Load goes on for so long after there is room again. */
const leadOutMs = 3000
/** From so long after there is room no write may fail. */
const writesAgainMs = 1000

const whileFull: Cost & Required<Pick<Cost, "methods">> = {
  why: "the database's disk was full",
  failures: ["status5xx"],
  methods: ["POST", "PATCH", "PUT"],
  begun: "request",
}

const excuses: readonly RecordedExcuse[] = [
  ...recordedExcuses(),
  {
    why: whileFull.why,
    failures: whileFull.failures,
    methods: whileFull.methods,
    during: {
      opens: "full-disk",
      closes: healingOf({ name: "full-disk" }),
      subject: "service",
      afterMs: writesAgainMs,
    },
  },
]

/** Who dies in the middle of it. Nobody's place is taken before the journal has room to say so. */
const victims = { web: "web-2", supervisor: "supervisor" } as const
type Victim = keyof typeof victims

/** Everything the service writes, its database included, lies on a disk that is full for a while. */
export const fullDisk: Drill = {
  name: "full-disk",
  claim:
    "on a full disk every read is answered, also when a web instance or the supervisor dies; a change is refused at once or kept; writes fail with a 5xx or are kept. Within a second of there being room every write works, then every change, nothing acknowledged is lost, and nobody was restarted but who was killed",
  mountsDisk: true,
  async run(context) {
    const disk = SmallDisk.mount({ parent: tmpdir(), sizeMb })
    if (!(disk instanceof SmallDisk)) return untried(disk)
    const options = { drainTimeoutMs, home: disk.folder, excuses }
    return onOwnService("full-disk", options, context, async stage => {
      await stage.service.change({ type: "grow" })
      for (const killed of deathsOf(context)) await fillUnderLoad(disk, killed, stage)
    }).finally(() => disk.unmount())
  },
}

function deathsOf({ short }: DrillContext): (readonly Victim[])[] {
  const rounds: readonly (readonly Victim[])[] = [[], ["web", "supervisor"]]
  return short
    ? [...rounds]
    : Array.from({ length: fullRounds }, () => [...rounds, ["web"], ["supervisor"]] as const).flat()
}

async function fillUnderLoad(disk: SmallDisk, killed: readonly Victim[], stage: Stage): Promise<void> {
  const { service, faults, context } = stage
  const lastsMs = fullMs[context.short ? "short" : "full"]
  const excusesOfLoad: ((sample: FailureSample, loadStartedAtMs: number) => string | undefined)[] = []
  await underLoad(
    {
      name: ["the disk is full", ...killed.map(victim => `${victims[victim]} is killed`)].join(", "),
      loadMs: lastsMs + leadOutMs,
      // The supervisor is killed in the end, too.
      mayRestart: ["supervisor", ...killed.map(victim => victims[victim])],
      excuse: (sample, startedAtMs) => excusesOfLoad.map(excuse => excuse(sample, startedAtMs)).find(Boolean),
      async act() {
        const before = await service.settled()
        const writer = await beigelSession(stage.target)
        const full = fullDiskFault(disk, "service")
        const { fromMs } = await faults.inject(full)
        const answered = [...(await askForRoom(stage, writer)), ...(await askForChange(stage))]
        for (const victim of killed) {
          const strike = await faults.inject(killFault(victims[victim], pidOf(victims[victim], before)))
          const bill = { costs: costsOf[victim], reachMs: reachMs("kill", victim) }
          excusesOfLoad.push((sample, startedAtMs) => excuseOf(sample, bill, strike, startedAtMs))
        }
        await sleep(lastsMs, undefined, { signal: context.signal })
        await faults.heal(full)
        const strike = { fromMs, untilMs: Date.now() }
        const bill = { costs: [whileFull], reachMs: writesAgainMs }
        excusesOfLoad.push((sample, startedAtMs) => excuseOf(sample, bill, strike, startedAtMs))
        return [...answered, ...(await wholeAgain(before, killed.includes("supervisor"), stage))]
      },
    },
    stage,
  )
}

function pidOf(id: string, { supervisor, instances }: StateView): number {
  return id === "supervisor" ? supervisor.pid : instances.find(one => one.id === id)!.pid!
}

/** Nothing is started: what was not filled shows nothing. */
function untried(missing: { readonly why: string; readonly remedy: string }): DrillFindings {
  const timeline = new TimelineRecorder(Date.now()).timeline(Date.now())
  const skipped = [{ name: "full-disk", subject: "service", ...missing }]
  return { n: 0, episodes: [], verdicts: [], skipped, timeline }
}
