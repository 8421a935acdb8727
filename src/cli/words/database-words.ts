import type { DatabasesView, InstanceView } from "../../wire/admin.ts"
import { formatDuration } from "../durations.ts"
import { onData } from "../output.ts"

/** `fact`: the same as long as the same is told: what was so long ago is no news a second later. */
type Told = { readonly fact: string; readonly line: string }

/** What commits wait for, what was promoted and built anew last, and what was refused. Nothing where there is one database. */
export function databaseLines(databases: DatabasesView | undefined, nowMs: number): string[] {
  return databases === undefined ? [] : databaseFacts(databases, nowMs).map(({ line }) => line)
}

export function databaseFacts(databases: DatabasesView, nowMs: number): Told[] {
  const { promotion, refused, rebuilt, timeline } = databases
  const commits = `databases: ${quorumWords(databases)}, timeline ${timeline}`
  const facts: Told[] = [{ fact: commits, line: commits }]
  if (promotion !== undefined)
    facts.push({ fact: `promotion ${promotion.atMs}`, line: promotionWords(promotion, nowMs) })
  if (rebuilt !== undefined)
    facts.push({ fact: `rebuilt ${rebuilt.atMs}`, line: rebuiltWords(rebuilt, nowMs) })
  if (refused !== undefined) {
    const line = `${onData("red", "no promotion")}: ${refused.former} is lost, and ${refused.reason}`
    facts.push({ fact: line, line })
  }
  return facts
}

function quorumWords({ primary, quorum, isPaused }: DatabasesView): string {
  const { members, acks, isSettled, following = acks } = quorum
  const replicas = members.filter(id => id !== primary)
  const commits = `commits wait for ${acks} of ${replicas.join(", ")}`
  const few = following === 0 ? "none of them follows" : `only ${following} of them follows`
  const waits =
    acks === 0
      ? onData("yellow", "commits wait for no replica")
      : following < acks
        ? onData("red", `writes wait: ${commits}, and ${few}`)
        : commits
  return [waits, isSettled ? "" : ", being changed", isPaused ? ", writes are paused" : ""].join("")
}

function promotionWords(
  { id, former, why, atMs, parts }: NonNullable<DatabasesView["promotion"]>,
  nowMs: number,
) {
  const took = Object.entries(parts).map(([name, ms]) => `${name.replace(/Ms$/, "")} ${Math.round(ms)} ms`)
  const ago = formatDuration(Math.max(0, nowMs - atMs))
  return `last ${why}: ${id} in place of ${former}, ${ago} ago (${took.join(", ")})`
}

function rebuiltWords({ id, reason, atMs }: NonNullable<DatabasesView["rebuilt"]>, nowMs: number) {
  return `${id} was built anew ${formatDuration(Math.max(0, nowMs - atMs))} ago: ${reason}`
}

/** `1.2 MB, 30 ms`, of a replica; `-` of all others. */
export function lagWords({ database }: InstanceView): string {
  if (database?.streaming === undefined) return "-"
  if (!database.streaming) return onData("yellow", "does not follow")
  const { lagBytes, lagMs } = database
  const bytes = lagBytes === undefined ? [] : [sizeWords(lagBytes)]
  const time = lagMs === undefined ? [] : [`${Math.round(lagMs)} ms`]
  return [...bytes, ...time].join(", ") || "-"
}

function sizeWords(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`
  return bytes < 2 ** 20 ? `${Math.round(bytes / 1024)} KB` : `${(bytes / 2 ** 20).toFixed(1)} MB`
}
