import { onData } from "../output.ts"

const levels: Record<number, string> = {
  10: "trace",
  20: "debug",
  30: "info",
  40: "warn",
  50: "error",
  60: "fatal",
}

/** A log line for people: time, who, level, words. What is no JSON is shown as it is, control characters escaped. */
export function logWords(id: string, line: string): string {
  const name = onData("cyan", id.padEnd(10))
  const entry = parse(line)
  if (entry === undefined) return `${name}  ${escapeControls(line)}`
  const { level, time, id: _, msg, access, err, ...rest } = entry
  const clock = typeof time === "string" ? time.slice(11, 23) : ""
  const words = access === undefined ? String(msg ?? "") : accessWords(access as Record<string, unknown>)
  const more =
    Object.keys(rest).length === 0 ? "" : `  ${onData("dim", escapeControls(JSON.stringify(rest)))}`
  return `${onData("dim", clock)}  ${name}  ${levelWord(Number(level))}  ${escapeControls(words)}${more}${errorWords(err)}`
}

function parse(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith("{")) return undefined
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

function levelWord(level: number): string {
  const word = (levels[level] ?? "").padEnd(5)
  if (level >= 50) return onData("red", word)
  return level >= 40 ? onData("yellow", word) : word
}

function accessWords(access: Record<string, unknown>): string {
  const { method, target, status, durationMs, backend, error } = access
  const took = typeof durationMs === "number" ? `${durationMs.toFixed(1)} ms` : ""
  return [method, target, status, took, backend, error]
    .filter(part => part !== undefined && part !== "")
    .join(" ")
}

function errorWords(error: unknown): string {
  if (typeof error !== "object" || error === null) return ""
  const { stack, message } = error as { stack?: string; message?: string }
  const lines = (stack ?? message ?? "").split("\n")
  return lines.map(line => `\n    ${escapeControls(line)}`).join("")
}

/** Nothing a client sent may move the cursor or colour the terminal of who reads the log. */
function escapeControls(text: string): string {
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, character => {
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`
  })
}
