import { spawn } from "node:child_process"
import { once } from "node:events"
import { plantStaleRecords } from "../../boot/service/stale-records.ts"
import { identifyProcess, isAlive, type ProcessIdentity } from "../../kit/node/process-identity.ts"
import type { Fault } from "./fault.ts"

export type ReusedPids = Fault & {
  /** The program that got the pids; undefined before the strike. */
  stranger(): ProcessIdentity | undefined
}

/**
 * SIGKILL of the agent in a world where the pids of the dead instance `id` and of the dead supervisor were given to
 * another program in the meantime: the next agent reads records that name a living process nobody here started. It must
 * neither adopt nor signal it. The pids are not really drawn again; the records are changed to that effect.
 */
export function agentKilledPidsReused(agentPid: number, id: string): ReusedPids {
  // Ends by itself when this process does, however it does: then its input ends.
  let program: ReturnType<typeof spawn> | undefined
  let identity: ProcessIdentity | undefined
  return {
    name: "kill",
    subject: "agent",
    detail: `SIGKILL of ${agentPid}; the pids of ${id} and the supervisor belong to another program`,
    stranger: () => identity,
    async strike() {
      program = spawn("cat", { stdio: ["pipe", "ignore", "ignore"] })
      await once(program, "spawn")
      identity = identifyProcess(program.pid!)
      const agent = identifyProcess(agentPid)
      process.kill(agentPid, "SIGKILL")
      // Not a turn of the event loop may be lost: the front door brings the next agent, which reads what is planted.
      while (agent !== undefined && isAlive(agent));
      plantStaleRecords(id, program.pid!)
    },
    async heal() {
      if (program === undefined || program.exitCode !== null || program.signalCode !== null) return
      const ended = once(program, "exit")
      program.stdin?.end()
      await ended
    },
  }
}
