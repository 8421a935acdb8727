import { pages } from "./pages.ts"

export type Intent =
  | { readonly type: "go"; readonly path: string }
  | { readonly type: "palette" | "search" | "help" | "theme" | "wait" }

export type Key = {
  readonly key: string
  readonly withCommand: boolean
  /** The cursor is in a field: only chords with Cmd or Ctrl count there. */
  readonly inField: boolean
  readonly atMs: number
}

/** `g` waits this long for its letter. */
const chordMs = 1_500

/** What a key means after the ones before it. Pure but for the `g` it remembers. */
export class Chords {
  #waitingSinceMs: number | undefined

  press({ key, withCommand, inField, atMs }: Key): Intent | undefined {
    const waiting = this.#waitingSinceMs !== undefined && atMs - this.#waitingSinceMs < chordMs
    this.#waitingSinceMs = undefined
    if (withCommand) return key.toLowerCase() === "k" ? { type: "palette" } : undefined
    if (inField) return undefined
    if (waiting) {
      const page = pages.find(each => each.key === key.toLowerCase())
      return page && { type: "go", path: page.path }
    }
    if (key === "g") {
      this.#waitingSinceMs = atMs
      return { type: "wait" }
    }
    if (key === "/") return { type: "search" }
    if (key === "?") return { type: "help" }
    if (key === "t") return { type: "theme" }
    return undefined
  }
}
