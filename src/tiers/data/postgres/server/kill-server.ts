import { setTimeout as sleep } from "node:timers/promises"
import { hasLivePostgres, serverProcesses } from "./pid-file.ts"

const pollMs = 2

/**
 * SIGKILL for a server and all its children, frozen ones too; resolves when nobody works in its folder any more. The
 * postmaster goes first, so that it starts nobody anew. Its children are sessions of their own (setsid), which no signal
 * to a group reaches, and until they have noticed its end they go on and commit.
 */
export async function killServer(dataFolder: string, signal: AbortSignal): Promise<void> {
  while (hasLivePostgres(dataFolder)) {
    signal.throwIfAborted()
    for (const pid of serverProcesses(dataFolder)) kill(pid)
    await sleep(pollMs)
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL")
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error
  }
}
