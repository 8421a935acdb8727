import type { Fault } from "./fault.ts"

/** SIGKILL of one process. There is nothing to heal: who brings it back is what a drill looks at. */
export function killFault(subject: string, pid: number): Fault {
  return {
    name: "kill",
    subject,
    detail: `SIGKILL of ${pid}`,
    async strike() {
      process.kill(pid, "SIGKILL")
    },
    async heal() {},
  }
}
