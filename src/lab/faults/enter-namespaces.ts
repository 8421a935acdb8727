import { spawn } from "node:child_process"
import { constants as osConstants } from "node:os"

/**
 * Runs a command behind the words that make namespaces for it, with this process's terminal, and resolves with its exit
 * code (128 and the signal's number when one ended it). SIGINT, SIGTERM and SIGHUP are passed on, each once: a terminal
 * sends its own.
 */
export function enterNamespaces(
  prefix: readonly [string, ...string[]],
  argv: readonly [string, ...string[]],
  env: NodeJS.ProcessEnv = process.env,
): Promise<number> {
  const [program, ...args] = [...prefix, ...argv]
  const child = spawn(program as string, args, { stdio: "inherit", env })
  const passOn = (["SIGINT", "SIGTERM", "SIGHUP"] as const).map(signal => {
    let isPassed = false
    const listener = () => {
      if (!isPassed) child.kill(signal)
      isPassed = true
    }
    process.on(signal, listener)
    return () => process.off(signal, listener)
  })
  return new Promise<number>((resolve, reject) => {
    child.on("error", reject)
    child.on("exit", (code, signal) => resolve(code ?? 128 + osConstants.signals[signal!]))
  }).finally(() => {
    for (const stop of passOn) stop()
  })
}
