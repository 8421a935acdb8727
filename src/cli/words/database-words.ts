import type { DatabasesView, InstanceView } from "../../wire/admin.ts"
import { formatDuration } from "../durations.ts"
import { onData } from "../output.ts"

/** What commits wait for, what was promoted and built anew last, and what was refused. Nothing where there is one database. */
export function databaseLines(databases: DatabasesView | undefined, nowMs: number): string[] {
  if (databases === undefined) return []
  const { promotion, refused, rebuilt } = databases
  return [
    `databases: ${quorumWords(databases)}, timeline ${databases.timeline}`,
    ...(promotion === undefined ? [] : [promotionWords(promotion, nowMs)]),
    ...(rebuilt === undefined ? [] : [rebuiltWords(rebuilt, nowMs)]),
    ...(refused === undefined
      ? []
      : [`${onData("red", "no promotion")}: ${refused.former} is lost, and ${refused.reason}`]),
  ]
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
