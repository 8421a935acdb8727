/** A position in the write-ahead log, in bytes since the cluster was born; never compared across timelines. */
export type Lsn = bigint

/** `16/B374D848` as Postgres writes it (pg_lsn): two hexadecimal halves of 32 bits. */
export function parseLsn(text: string): Lsn {
  const [, high, low] = /^([0-9A-F]{1,8})\/([0-9A-F]{1,8})$/i.exec(text) ?? []
  if (high === undefined || low === undefined) throw new RangeError(`${JSON.stringify(text)} is no pg_lsn`)
  return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`)
}

/** As Postgres prints a pg_lsn: without leading zeros. */
export function formatLsn(lsn: Lsn): string {
  return `${(lsn >> 32n).toString(16)}/${(lsn & 0xffff_ffffn).toString(16)}`.toUpperCase()
}

/** Ordered as positions are; for `sort`. */
export function compareLsn(a: Lsn, b: Lsn): number {
  return Number(a > b) - Number(a < b)
}

export function latestLsn(positions: readonly Lsn[]): Lsn | undefined {
  return positions.toSorted(compareLsn).at(-1)
}

/** Names of the files that hold the log from `start` up to `end`, as XLogFileName of Postgres makes them. */
export function segmentNames(timeline: number, start: Lsn, end: Lsn, segmentBytes: number): string[] {
  const size = BigInt(segmentBytes)
  const perHigh = 0x1_0000_0000n / size
  const names: string[] = []
  for (let nth = start / size; nth * size < end; nth++) {
    names.push([BigInt(timeline), nth / perHigh, nth % perHigh].map(hex8).join(""))
  }
  return names
}

function hex8(value: bigint): string {
  return value.toString(16).toUpperCase().padStart(8, "0")
}
