import { setTimeout as sleep } from "node:timers/promises"
import { FreePorts } from "../../drivers/local/free-ports.ts"
import type { Starter } from "../../drivers/local/process-spec.ts"
import { systemClock } from "../../kit/node/system-clock.ts"
import { checkHealth } from "../../tiers/edge/backend/health-check.ts"
import { type CommandLine, wordsOfCommand } from "../../topology/command-line.ts"
import type { Address } from "../../wire/map.ts"
import { logOf } from "../project-paths.ts"

/** A program of the user's own that serves on `$PORT`. */
export type HostedProgram = {
  readonly command: CommandLine
  readonly env: Readonly<Record<string, string>>
  readonly healthPath: string
  /** What tells it where its database is; nothing without one. */
  readonly databaseEnv: (address: Address | undefined) => Readonly<Record<string, string>>
}

const host = "127.0.0.1"
const answerTimeoutMs = 5_000
const askEveryMs = 100

/**
 * How a program comes to life: on a loopback port of its own, told by PORT, which is chosen anew for each life. Should
 * somebody take that port in between, the program exits, and its next life gets another one.
 *
 * It is the agent's own child, as the database is: nothing of ours that could die stands between the two.
 */
export function createProgramStarter(
  program: HostedProgram,
  running: Readonly<Record<string, string>>,
): Starter {
  const ports = new FreePorts(host)
  const { command, healthPath, databaseEnv } = program
  return {
    async prepare(spec, map) {
      const port = await ports.take(spec.id)
      const given = { HOST: host, PORT: String(port) }
      const env = {
        ...running,
        ...databaseEnv(map.databases.find(each => each.role === "primary")?.address),
        ...program.env,
        ...given,
      }
      return {
        ...spec,
        argv: wordsOfCommand(command, env),
        env,
        cwd: process.cwd(),
        tokenHash: "",
        address: { host, port },
        program: { healthPath },
        stopSignal: "SIGTERM",
        logFile: logOf(spec.id),
      }
    },
    async waitReady({ address, program: hosted }, _pid, signal) {
      while (!signal.aborted) {
        const { result } = checkHealth(address, answerTimeoutMs, systemClock, hosted)
        if ((await result) === "check-passed") return
        await sleep(askEveryMs, undefined, { signal }).catch(() => {})
      }
    },
  }
}
