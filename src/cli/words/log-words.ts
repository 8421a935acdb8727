import type { LogLine } from "../../wire/admin.ts"
import { fieldsOf, furtherFields, type LogLevel, wordsOf } from "../../wire/log-line.ts"
import { onData } from "../output.ts"

/** A log line for people: time, who, level, words. What is no JSON is shown as it is, control characters escaped. */
export function logWords({ id, line, at, level, cutBytes }: LogLine): string {
  const name = onData("cyan", id.padEnd(10))
  const cut = cutBytes === undefined ? "" : onData("dim", ` … ${cutBytes} bytes more`)
  const fields = fieldsOf(line)
  if (fields === undefined) return `${name}  ${escapeControls(line)}${cut}`
  const clock = at === undefined ? "" : new Date(at).toISOString().slice(11, 23)
  const rest = furtherFields(fields)
  const more =
    Object.keys(rest).length === 0 ? "" : `  ${onData("dim", escapeControls(JSON.stringify(rest)))}`
  return `${onData("dim", clock)}  ${name}  ${levelWord(level)}  ${escapeControls(wordsOf(fields))}${more}${errorWords(fields["err"])}`
}

function levelWord(level: LogLevel | undefined): string {
  const word = (level ?? "").padEnd(5)
  if (level === "error" || level === "fatal") return onData("red", word)
  return level === "warn" ? onData("yellow", word) : word
}

function errorWords(error: unknown): string {
  if (typeof error !== "object" || error === null) return ""
  const { stack, message } = error as { stack?: string; message?: string }
  const lines = (stack ?? message ?? "").split("\n")
  return lines.map(line => `\n    ${escapeControls(line)}`).join("")
}

/** Nothing a client sent may move the cursor, colour the terminal or turn the direction of who reads the log. */
function escapeControls(text: string): string {
  return text.replace(
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
    character => {
      const code = character.charCodeAt(0).toString(16)
      return code.length > 2 ? `\\u${code}` : `\\x${code.padStart(2, "0")}`
    },
  )
}
