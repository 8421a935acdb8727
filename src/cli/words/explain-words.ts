import type { Fault } from "../../kit/errors.ts"
import type { ConfigEffect } from "../../topology/config-effect.ts"
import type { FieldView } from "../../wire/admin.ts"
import { onData } from "../output.ts"
import { tableLines } from "./table.ts"

export type ErrorExplanation = {
  readonly code: string
  readonly fault: Fault
  readonly sentence: string
  readonly todo: string
}

const effectWords: Readonly<Record<ConfigEffect, string>> = {
  live: "live: edit banyan.config.ts, then npx banyan apply; no request fails",
  restart: "takes effect at the next start: npx banyan down, then npx banyan up",
}

const faultWords: Readonly<Record<Fault, string>> = {
  user: "something that was given is wrong",
  system: "something went wrong by itself",
}

export function fieldLines(field: FieldView): string[] {
  const now =
    field.unknown === undefined
      ? `${shown(field.value)} (from ${field.source})`
      : `not known: ${field.unknown}`
  return [
    onData("bold", field.path.replaceAll("/", ".")),
    field.meaning,
    "",
    `should be  ${field.expected}`,
    `default    ${shown(field.default)}`,
    `now        ${now.replaceAll("\n", "\n           ")}`,
    `a change   ${effectWords[field.effect]}`,
  ]
}

export function groupLines(meaning: string, fields: readonly FieldView[]): string[] {
  const rows = fields.map(field => [
    field.path.replaceAll("/", "."),
    shown(field.unknown === undefined ? field.value : field.default),
    field.effect,
    field.meaning,
  ])
  const column = fields.some(field => field.unknown !== undefined) ? "default" : "now"
  return [onData("bold", meaning), "", ...tableLines(["field", column, "a change", "meaning"], rows)]
}

export function errorLines({ code, fault, sentence, todo }: ErrorExplanation): string[] {
  return [
    `${onData("bold", code)}  ${faultWords[fault]}`,
    "",
    `says   ${sentence.replaceAll("\n", "\n       ")}`,
    `to do  ${todo}`,
  ]
}

function shown(value: unknown): string {
  return value === undefined ? "-" : JSON.stringify(value)
}
