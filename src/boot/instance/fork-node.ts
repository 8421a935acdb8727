import { type ChildProcess, fork } from "node:child_process"
import type { Asked } from "../asked.ts"
import { nodeArgv } from "./node-argv.ts"
import { nodeEnvironment } from "./node-environment.ts"

/** Starts one of our own programs beside this one. It is told by messages; its lines go where this process's go. */
export function forkNode(program: string, asked: Asked): ChildProcess {
  return fork(program, [], {
    ...{ execArgv: nodeArgv(program, [], asked).slice(1, -1), env: nodeEnvironment() },
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  })
}
