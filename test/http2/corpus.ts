import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import type { ErrorName } from "../../src/http2/http2.ts"

/** The corpus as README.md describes it. One character of a text is one byte (latin-1). */
export type Text = string | { readonly repeat: string; readonly times: number }

export type Step =
  | {
      readonly frame: string | number
      readonly stream: number
      /** Names, or a number. */
      readonly flags?: string | number
      readonly hex?: Text
      readonly text?: Text
      readonly fields?: readonly Text[]
      /** Of the block that `fields` make: from, to. */
      readonly part?: readonly [number, number?]
      /** In front of the payload, and behind it. */
      readonly before?: string
      readonly tail?: string
    }
  | { readonly text: string }
  /** Until something has come: the end of a stream, its head, its first DATA. */
  | { readonly await: `${"stream" | "head" | "data"} ${number}` }
  /** So many requests without an end. */
  | { readonly openUpTo: number }

/** What may happen: any one of those given. `alive`, `answers` and the like: nothing is wrong. */
export type Expectation = {
  readonly connectionError?: readonly ErrorName[]
  readonly streamError?: Readonly<Record<string, readonly ErrorName[]>>
  /** By stream: `2xx` or `4xx`. */
  readonly answers?: Readonly<Record<string, string>>
  readonly alive?: true
  readonly pong?: string
  readonly noPong?: string
  readonly settingsAcks?: number
  /** Bytes of the first DATA frame. */
  readonly firstData?: Readonly<Record<string, number>>
  /** Answered in HTTP/1.1, as such. */
  readonly refusedAsHttp1?: true
}

export type Http2Case = Expectation & {
  readonly id: string
  readonly theme: string
  readonly section: string
  readonly why: string
  readonly send: readonly Step[]
  /** The preface and SETTINGS are not sent in front. */
  readonly bare?: true
  /** What the backend read: method, target, length of the body. */
  readonly body?: Readonly<Record<string, string>>
  /** The Cookie the backend read. */
  readonly cookie?: Readonly<Record<string, string>>
  /** Other servers may answer: the standard leaves it open, or it is our limit. */
  readonly peersMayAnswer?: true
  /** Other servers drop the field and answer; ours must not. */
  readonly peersMayDrop?: true
}

type CaseFile = { readonly theme: string; readonly cases: ReadonlyArray<Omit<Http2Case, "theme">> }

export const corpus: readonly Http2Case[] = globSync("*.json", { cwd: folder() })
  .sort()
  .flatMap(file => {
    const { theme, cases } = JSON.parse(readFileSync(join(folder(), file), "utf8")) as CaseFile
    return cases.map(each => ({ ...each, theme }))
  })

export function textOf(text: Text): string {
  return typeof text === "string" ? text : text.repeat.repeat(text.times)
}

function folder(): string {
  return join(import.meta.dirname, "corpus")
}
