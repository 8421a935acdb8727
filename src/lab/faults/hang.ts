import type { Fault } from "./fault.ts"
import { freezeFault } from "./freeze.ts"

/**
 * A freeze that nobody thaws: the service has to notice and to end the process itself. By signal, because in a cgroup of
 * version 1 a frozen process could not be killed.
 */
export function hangFault(subject: string, pid: number): Fault {
  return { ...freezeFault({ subject, pid, scope: "process", by: "signal" }), name: "hang" }
}
