import { findAgent } from "../drivers/local/launch-agent.ts"
import { bootError } from "./boot-errors.ts"
import { paths } from "./project-paths.ts"

const timeoutMs = 15_000

/** The pid of this folder's agent; with `other`, of the one that has taken its place. Throws BN3103. */
export async function agentPid(other?: number): Promise<number> {
  const deadlineMs = Date.now() + timeoutMs
  while (Date.now() < deadlineMs) {
    const status = await findAgent({ projectFolder: process.cwd(), runFolder: paths.run, waitMs: 1000 })
    if (status !== undefined && status.pid !== other) return status.pid
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  throw bootError("BN3103", { timeoutMs, reason: "no agent answers" })
}
