import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import type { EdgeLimits } from "../../src/tiers/edge/edge.ts"

/** The corpus as README.md describes it. One character of a text is one byte (latin-1). */
export type Piece = string | { readonly repeat: string; readonly times: number }

export type ForwardedRequest = {
  readonly method: string
  readonly target: string | readonly Piece[]
  readonly body: string | readonly Piece[]
  /** Fields that must arrive; an array where the field comes several times. */
  readonly fields?: Readonly<Record<string, string | readonly string[]>>
  /** Fields that must not. */
  readonly without?: readonly string[]
  readonly trailers?: Readonly<Record<string, string>>
}

export type FramingCase = {
  readonly id: string
  readonly theme: string
  readonly section: string
  /** The standard asks for it, or has no reading of this; else this is the stricter side of a choice. */
  readonly required: boolean
  readonly why: string
  readonly send: readonly Piece[]
  /** What a backend gets of it, in order. */
  readonly forward: readonly ForwardedRequest[]
  /** The status that what follows is refused with; 0: the connection ends, with or without an answer. */
  readonly refuse: number | undefined
  /** The connection ends behind it. */
  readonly closes: boolean
  /** The client sends no more behind it: its bytes end inside a message. */
  readonly ends: boolean
}

type CaseFile = {
  readonly theme: string
  readonly cases: ReadonlyArray<
    Pick<FramingCase, "id" | "section" | "why" | "send"> & Partial<Omit<FramingCase, "theme">>
  >
}

/** The limits under which the cases of size are written. */
export const corpusLimits: Partial<EdgeLimits> = { maxBodyBytes: 1000 }

export const corpus: readonly FramingCase[] = globSync("*.json", { cwd: folder() })
  .sort()
  .flatMap(file => {
    const { theme, cases } = JSON.parse(readFileSync(join(folder(), file), "utf8")) as CaseFile
    return cases.map(({ required = true, forward = [], refuse, closes, ends = false, ...rest }) => ({
      ...rest,
      theme,
      required,
      forward,
      refuse,
      closes: closes ?? refuse !== undefined,
      ends,
    }))
  })

export function textOf(pieces: string | readonly Piece[]): string {
  if (typeof pieces === "string") return pieces
  return pieces.map(piece => (typeof piece === "string" ? piece : piece.repeat.repeat(piece.times))).join("")
}

function folder(): string {
  return join(import.meta.dirname, "corpus")
}
