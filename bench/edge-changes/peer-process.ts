import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { openSync } from "node:fs"
import { join } from "node:path"
import { listening } from "../processes.ts"

/** A peer's master process, in a process group of its own so that none of its workers outlives the bench. */
export class PeerProcess {
  readonly #child: ChildProcess

  private constructor(child: ChildProcess) {
    this.#child = child
  }

  /** Its words go to `peer.log` in the folder. */
  static async start(
    [program, ...args]: readonly [string, ...string[]],
    port: number,
    folder: string,
  ): Promise<PeerProcess> {
    const log = openSync(join(folder, "peer.log"), "a")
    const child = spawn(program, args, { stdio: ["ignore", log, log], detached: true })
    await listening(port)
    return new PeerProcess(child)
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  async end(): Promise<void> {
    const exited = once(this.#child, "exit")
    process.kill(-this.#child.pid!, "SIGKILL")
    await exited
  }
}
