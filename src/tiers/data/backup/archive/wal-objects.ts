import { formatLsn, type Lsn, latestLsn, parseLsn, segmentNames } from "../../postgres/replication/lsn.ts"
import type { StoredObject } from "../target/backup-target.ts"

/**
 * How the log lies in a target: each file of it under its own name, so that it can be restored without Banyan
 * (`zstd -dc wal/000000010000000000000003.zst`), and of the one that is being written the pieces that are there so far:
 *
 *     wal/000000010000000000000003.zst                     a whole file
 *     wal/000000010000000000000004.00000000-0000A3F0.zst   its bytes from 0 to 0xA3F0; pieces follow each other
 *     wal/00000002.history                                 where timeline 2 forked off, as Postgres writes it
 */
export const walPrefix = "wal/"

/** A part of one file of the log; `from` and `to` are offsets in it. */
export type WalPart = {
  readonly name: string
  readonly timeline: number
  /** Where its file begins. */
  readonly segment: Lsn
  readonly from: number
  readonly to: number
}

/** What a target holds of the log. */
export type WalObjects = { readonly parts: readonly WalPart[]; readonly histories: readonly number[] }

/** Where a timeline ended and the next began, as its history file tells. */
export type Fork = { readonly timeline: number; readonly at: Lsn }

export function segmentObject(timeline: number, segment: Lsn, segmentBytes: number): string {
  return `${walPrefix}${segmentName(timeline, segment, segmentBytes)}.zst`
}

export function pieceObject(part: Omit<WalPart, "name">, segmentBytes: number): string {
  const [from, to] = [part.from, part.to].map(offset => hex(offset))
  return `${walPrefix}${segmentName(part.timeline, part.segment, segmentBytes)}.${from}-${to}.zst`
}

export function historyObject(timeline: number): string {
  return `${walPrefix}${historyName(timeline)}`
}

export function historyName(timeline: number): string {
  return `${hex(timeline)}.history`
}

export function segmentName(timeline: number, segment: Lsn, segmentBytes: number): string {
  return segmentNames(timeline, segment, segment + 1n, segmentBytes)[0]!
}

export function segmentOf(lsn: Lsn, segmentBytes: number): Lsn {
  return lsn - (lsn % BigInt(segmentBytes))
}

/** Reads the names; what is none of ours is passed over. */
export function walObjects(stored: readonly StoredObject[], segmentBytes: number): WalObjects {
  const parts: WalPart[] = []
  const histories: number[] = []
  for (const { name } of stored) {
    const [, history] = /^wal\/([0-9A-F]{8})\.history$/.exec(name) ?? []
    if (history !== undefined) histories.push(Number.parseInt(history, 16))
    const found =
      /^wal\/([0-9A-F]{8})([0-9A-F]{8})([0-9A-F]{8})(?:\.([0-9A-F]{8})-([0-9A-F]{8}))?\.zst$/.exec(name)
    if (found === null) continue
    const [timeline, high, nth, from, to] = found.slice(1).map(text => Number.parseInt(text ?? "", 16))
    const segment = (BigInt(high!) << 32n) + BigInt(nth!) * BigInt(segmentBytes)
    const whole = found[4] === undefined
    parts.push({
      name,
      timeline: timeline!,
      segment,
      from: whole ? 0 : from!,
      to: whole ? segmentBytes : to!,
    })
  }
  return { parts, histories }
}

/** The parts that make up a file from its beginning, in order, and how far they reach. One whole file is enough. */
export function partsOf(
  { parts }: WalObjects,
  timeline: number,
  segment: Lsn,
): { readonly parts: readonly WalPart[]; readonly to: number } {
  const here = parts.filter(part => part.timeline === timeline && part.segment === segment)
  const chain: WalPart[] = []
  let to = 0
  for (;;) {
    // The longest first: a whole file stands beside its pieces for a moment.
    const next = here.filter(part => part.from === to && part.to > to).sort((a, b) => b.to - a.to)[0]
    if (next === undefined) return { parts: chain, to }
    chain.push(next)
    to = next.to
  }
}

/** Of each timeline, the oldest first, the last position that is archived without a break in its file. */
export function archivedEnds(objects: WalObjects): { readonly timeline: number; readonly lsn: Lsn }[] {
  const timelines = [...new Set(objects.parts.map(part => part.timeline))].toSorted((a, b) => a - b)
  return timelines.map(timeline => {
    const segments = objects.parts.filter(part => part.timeline === timeline).map(part => part.segment)
    const last = latestLsn(segments)!
    return { timeline, lsn: last + BigInt(partsOf(objects, timeline, last).to) }
  })
}

/** "Timeline History Files" in the manual: a line for each timeline before, with where it was left. */
export function parseHistory(text: string): Fork[] {
  return text
    .split("\n")
    .map(line => line.split("\t"))
    .filter(fields => /^[0-9]+$/.test(fields[0]?.trim() ?? "") && fields.length >= 2)
    .map(([timeline, at]) => ({ timeline: Number(timeline), at: parseLsn(at!.trim()) }))
}

export function wordsOfPosition({ timeline, lsn }: { timeline: number; lsn: Lsn }): string {
  return `${formatLsn(lsn)} (timeline ${timeline})`
}

function hex(value: number): string {
  return value.toString(16).toUpperCase().padStart(8, "0")
}
