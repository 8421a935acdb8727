import type { Fault } from "./fault.ts"

/** SIGTERM of one process: it may finish what it has begun. There is nothing to heal. */
export function terminateFault(subject: string, pid: number): Fault {
  return {
    name: "terminate",
    subject,
    detail: `SIGTERM of ${pid}`,
    async strike() {
      process.kill(pid, "SIGTERM")
    },
    async heal() {},
  }
}
