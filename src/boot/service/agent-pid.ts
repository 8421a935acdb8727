import { findAgent } from "../../drivers/local/launch-agent.ts"
import { bootError } from "../boot-errors.ts"
import { paths } from "../project-paths.ts"
import { lookUntil } from "./look-until.ts"

const timeoutMs = 15_000

/** The pid of this folder's agent; with `other`, of the one that has taken its place. Throws BN3103. */
export async function agentPid(other?: number): Promise<number> {
  const pid = await lookUntil(timeoutMs, async () => {
    const status = await findAgent({ projectFolder: process.cwd(), runFolder: paths.run, waitMs: 1000 })
    return status?.pid === other ? undefined : status?.pid
  })
  if (pid === undefined) throw bootError("BN3103", { timeoutMs, reason: "no agent answers" })
  return pid
}
