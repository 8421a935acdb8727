import { isDeepStrictEqual } from "node:util"
import { messageOf } from "../kit/errors.ts"
import type { Log } from "../telemetry/log.ts"
import type { Overrides, TopologySource } from "./overrides.ts"

/**
 * What this control plane says that the next start shall want. The file has no epoch that could refuse an older
 * writer: one that was stopped in the middle of its write may finish it after it was replaced. So what was said is
 * looked after for as long as this one is in office, and a write that failed is made up for.
 */
export class OverridesKeeper {
  readonly #file: TopologySource["overrides"]
  readonly #log: Log
  #said: { readonly overrides: Overrides | undefined } | undefined
  #isKept = true

  constructor(file: TopologySource["overrides"], log: Log) {
    this.#file = file
    this.#log = log
  }

  /** The file says what was said last. */
  get isKept(): boolean {
    return this.#isKept
  }

  read(): Promise<Overrides | undefined> {
    return this.#file.read()
  }

  /** A plan does not stop at a file that cannot be written: the journal says the same, and it ends when the file does. */
  async say(overrides: Overrides | null | undefined): Promise<void> {
    const said = { overrides: overrides ?? undefined }
    this.#said = said
    this.#isKept = false
    try {
      await this.#file.write(said.overrides)
      if (this.#said === said) this.#isKept = true
    } catch (error) {
      this.#log.error(
        { err: error },
        `overrides not written: ${messageOf(error)}; the plan goes on, and ends later`,
      )
    }
  }

  /** Says it again when the file says something else. */
  async keep(): Promise<void> {
    const said = this.#said
    if (said === undefined) return
    const isThere = isDeepStrictEqual(await this.#file.read(), said.overrides)
    if (said !== this.#said) return
    if (isThere) this.#isKept = true
    else await this.say(said.overrides)
  }
}
