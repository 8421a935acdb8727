import { type ChildProcess, spawn } from "node:child_process"
import { closeSync, mkdirSync, openSync } from "node:fs"
import { dirname } from "node:path"
import { agentBirthEnv } from "./agent-birth.ts"
import type { AgentSettings } from "./agent-settings.ts"

/** Starts an agent of its own session: whoever starts it may end. Working directory: the project folder. */
export function spawnAgent(
  settings: AgentSettings,
  cwd: string,
  give: { readonly publicFd?: number; readonly tlsFd?: number | undefined; readonly report: boolean },
): ChildProcess {
  const [program, ...args] = settings.agentArgv
  const logFile = cwd === "." ? settings.agentLogFile : `${cwd}/${settings.agentLogFile}`
  mkdirSync(dirname(logFile), { recursive: true, mode: 0o700 })
  const log = openSync(logFile, "a", 0o600)
  const given = {
    publicFd: give.publicFd !== undefined,
    reportFd: give.report,
    tlsFd: give.tlsFd !== undefined,
  }
  try {
    const child = spawn(program, args, {
      cwd,
      detached: true,
      env: { ...settings.agentEnv, ...agentBirthEnv.write(given) },
      stdio: [
        "ignore",
        log,
        log,
        give.publicFd ?? "ignore",
        give.report ? "pipe" : "ignore",
        give.tlsFd ?? "ignore",
      ],
    })
    child.unref()
    return child
  } finally {
    closeSync(log)
  }
}
