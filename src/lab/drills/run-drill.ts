import type { Verdict } from "../checkers/checker.ts"
import { loadError } from "../load/load-errors.ts"
import { thisMachine } from "../report/machine.ts"
import { busyWords, MachineWatch } from "../report/machine-use.ts"
import { bothStandbysLost } from "./both-standbys-lost.ts"
import { climb } from "./climb.ts"
import { clockSkew } from "./clock-skew.ts"
import { crashEveryStep } from "./crash-every-step.ts"
import type { Drill, DrillContext, DrillReport } from "./drill.ts"
import { edgeChanges } from "./edge-changes.ts"
import { failover } from "./failover.ts"
import { fullDisk } from "./full-disk.ts"
import { killAny } from "./kill-any.ts"
import { overload } from "./overload.ts"
import { partition } from "./partition.ts"
import { replicaLost } from "./replica-lost.ts"
import { restore } from "./restore.ts"
import { slowClients } from "./slow-clients.ts"
import { soak } from "./soak.ts"
import { stopAny } from "./stop-any.ts"
import { supervisorDead } from "./supervisor-dead.ts"
import { switchover } from "./switchover.ts"
import { lagWords, verdictOf } from "./verdict.ts"
import { webKill } from "./web-kill.ts"

/** Every drill there is, by name. */
export const drills: Readonly<Record<string, Drill>> = {
  climb,
  "kill-any": killAny,
  "supervisor-dead": supervisorDead,
  "crash-every-step": crashEveryStep,
  soak,
  "clock-skew": clockSkew,
  "stop-any": stopAny,
  "full-disk": fullDisk,
  overload,
  "slow-clients": slowClients,
  "edge-changes": edgeChanges,
  "web-kill": webKill,
  failover,
  switchover,
  partition,
  "both-standbys-lost": bothStandbysLost,
  restore,
  "replica-lost": replicaLost,
}

/** Throws BN3003 for a name that is none. */
export function drillNamed(name: string): Drill {
  if (Object.hasOwn(drills, name)) return drills[name]!
  throw loadError("BN3003", { name, known: Object.keys(drills).join(", ") })
}

/** Runs a drill and judges it. Throws BN3003; when the signal aborts it, that, once everything is taken down. */
export async function runDrill(name: string, context: DrillContext): Promise<DrillReport> {
  const drill = drillNamed(name)
  const watch = await MachineWatch.begin()
  const startedAt = new Date()
  const findings = await drill.run(context)
  const violations = [
    ...findings.episodes.flatMap(episode => episode.violations.map(words => `${episode.name}: ${words}`)),
    ...findings.verdicts.flatMap(wordsOfVerdict),
  ]
  const machineUse = watch.end()
  const sum = (pick: (episode: DrillReport["episodes"][number]) => number) =>
    findings.episodes.reduce((total, episode) => total + pick(episode), 0)
  return {
    schema: 1,
    drill: name,
    claim: drill.claim,
    verdict: verdictOf(findings, violations),
    short: context.short,
    seed: context.seed,
    ...findings,
    requests: sum(episode => episode.load.sent),
    failed: sum(episode => episode.load.failed),
    violations,
    busy: [...lagWords(findings.episodes), ...busyWords(machineUse)],
    startedAt: startedAt.toISOString(),
    tookMs: Date.now() - startedAt.getTime(),
    command: context.command,
    machine: thisMachine(),
    machineUse,
  }
}

/** What a checker found, and what it could not decide: neither is a pass. */
function wordsOfVerdict({ checker, violations, violated, unknown }: Verdict): string[] {
  const rest = violated > violations.length ? [`${checker}: ${violated} in all`] : []
  return [
    ...violations.map(({ rule, words }) => `${checker}: ${rule}: ${words}`),
    ...rest,
    ...unknown.map(words => `${checker}: undecided: ${words}`),
  ]
}
