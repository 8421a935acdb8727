import { agentPid } from "../../../boot/service/agent-pid.ts"
import { type Random, randomInt } from "../../../kit/random.ts"
import type { StateView } from "../../../wire/admin.ts"
import type { Fault } from "../../faults/fault.ts"
import { freezeFault } from "../../faults/freeze.ts"
import { hangFault } from "../../faults/hang.ts"
import { killFault } from "../../faults/kill.ts"
import { packetCutFault } from "../../faults/packet-faults.ts"
import type { Ways } from "../../faults/toxic-proxy/toxic.ts"
import type { LoadTarget } from "../../load/load.ts"
import { type Bill, costsOf, type Ending, reachMs, type Victim } from "../stage/fault-costs.ts"
import type { Stage } from "../stage/on-own-service.ts"
import { repairViolations, restartViolations } from "../stage/restarts.ts"

/** A fault made ready for the processes of this moment. */
export type Scene = {
  readonly fault: Fault
  readonly bill: Bill
  /** How long until it is healed. Absent: nobody heals it but the service, by replacing who was struck. */
  readonly lastsMs?: number
  /** How long clients wait. Default: as in other drills. */
  readonly timeoutMs?: number
  /** Where clients go, when not straight to the public port. */
  readonly target?: LoadTarget
  /** Resolves when the service is whole again, with what should not have happened on the way. */
  whole(): Promise<readonly string[]>
}

/**
 * For clients of a front door that is missed until it is believed to hang, and for those whose packets are sent again
 * after waits that double: what would be too late for others shows that they are answered in the end.
 */
const patientMs = 30_000

/** Of a fault that may fail no request. */
export const nothing: Bill = { costs: [], reachMs: 0 }

/** Its victim ends, and is replaced: it alone. */
export async function endingScene(
  ending: Ending,
  victim: Victim,
  random: Random,
  stage: Stage,
): Promise<Scene> {
  const before = await stage.service.settled()
  const agent = await agentPid()
  const { id, pid } = victim === "agent" ? { id: victim, pid: agent } : pick(victim, before, random)
  return {
    fault: ending === "kill" ? killFault(victim, pid) : hangFault(victim, pid),
    bill: { costs: costsOf[victim], reachMs: reachMs(ending, victim) },
    ...(ending === "hang" ? { timeoutMs: patientMs } : {}),
    async whole() {
      const agentNow = await agentPid(victim === "agent" ? pid : undefined)
      const after = await replaced(pid, victim, stage)
      const isPlanned = victim !== "agent" && victim !== "supervisor"
      return [
        ...restartViolations(before, after, [id]),
        ...(isPlanned ? [] : repairViolations(before, after)),
        ...(victim === "agent" || agentNow === agent ? [] : ["the agent was restarted"]),
      ]
    },
  }
}

/** Its victim stands still, and goes on before anybody may have taken it for dead. */
export async function freezeScene(victim: Victim, random: Random, stage: Stage): Promise<Scene> {
  const state = await stage.service.settled()
  const { pid } = victim === "agent" ? { pid: await agentPid() } : pick(victim, state, random)
  // The children of a database server are parts of it; those of an agent are everybody.
  const scope = victim === "postgres" ? "tree" : "process"
  return { ...(await passingScene(stage)), fault: freezeFault({ subject: victim, pid, scope }) }
}

/** Clients and front door lose every packet, one way or both, as on a real line: the kernel sends them again later. */
export async function packetCutScene(subject: string, ways: Ways, stage: Stage): Promise<Scene> {
  const fault = packetCutFault({ subject, ways, port: stage.service.port })
  return { ...(await passingScene(stage)), fault, timeoutMs: patientMs }
}

/** Of a fault that heals in time: it costs no request, and nobody's life. */
export async function passingScene(stage: Stage): Promise<Omit<Scene, "fault">> {
  const { service, context } = stage
  const before = await service.settled()
  const agent = await agentPid()
  return {
    bill: nothing,
    // Longer than a health check waits for its answer, shorter than any time-out of a request or a link.
    lastsMs: context.short ? 2200 : 3000,
    async whole() {
      const after = await service.settled()
      return [
        ...restartViolations(before, after),
        ...repairViolations(before, after),
        ...((await agentPid()) === agent ? [] : ["the agent was restarted"]),
      ]
    },
  }
}

/** Waits for a settled service without this process. */
export function replaced(pid: number, name: string, { service }: Stage): Promise<StateView> {
  return service.waitFor(`${name} ${pid} replaced`, now => now.settled && !pidsOf(now).includes(pid))
}

function pick(
  victim: Exclude<Victim, "agent">,
  { supervisor, instances }: StateView,
  random: Random,
): { id: string; pid: number } {
  if (victim === "supervisor") return { id: victim, pid: supervisor.pid }
  const candidates = instances.filter(({ id, state }) => id.startsWith(`${victim}-`) && state === "ready")
  const { id, pid } = candidates[randomInt(random, candidates.length)]!
  return { id, pid: pid! }
}

function pidsOf(state: StateView): number[] {
  return [state.supervisor.pid, ...state.instances.flatMap(({ pid }) => pid ?? [])]
}
