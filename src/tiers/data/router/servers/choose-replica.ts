import type { Random } from "../../../../kit/random.ts"
import { covers, type Position } from "../session/position.ts"

/** What a choice looks at. */
export type ReplicaView = {
  /** It answers, it belongs to the cluster, and it said that it is a replica. */
  readonly usable: boolean
  /** It owes an answer: it may be about to be found hanging, or is only slow. */
  readonly quiet: boolean
  /** It has replayed at least that far. */
  readonly watermark: Position | undefined
  /** Statements at work or waiting there, of this process. */
  readonly outstanding: number
  /** How far it was behind the primary at the last look, in bytes of log. */
  readonly lagBytes: number
}

/** So much log behind counts like one more statement at work. */
const lagUnitBytes = 1_000_000

/**
 * The replica for a read, or undefined when only the primary will do: the better of two at random, so that many
 * processes that look at the same figures do not all run to the same server. A replica known to be recent enough comes
 * before one that must be asked first. One that is quiet is taken when all are: then it is the machine that is slow, and the
 * primary must not get everything.
 */
export function chooseReplica<T extends ReplicaView>(
  replicas: readonly T[],
  needed: Position | undefined,
  random: Random,
): T | undefined {
  const fit = replicas.filter(({ usable, watermark }) => usable && mayCover(watermark, needed))
  const answering = fit.filter(({ quiet }) => !quiet)
  const usable = answering.length > 0 ? answering : fit
  if (usable.length < 2) return usable[0]
  const first = Math.floor(random() * usable.length)
  const second = (first + 1 + Math.floor(random() * (usable.length - 1))) % usable.length
  const [a, b] = [usable[first]!, usable[second]!]
  const known = Number(covers(b.watermark, needed)) - Number(covers(a.watermark, needed))
  return (known || costOf(a) - costOf(b)) <= 0 ? a : b
}

/** A position on an older timeline will never do, however far it goes. */
function mayCover(watermark: Position | undefined, needed: Position | undefined): boolean {
  return needed === undefined || (watermark !== undefined && watermark.timeline >= needed.timeline)
}

function costOf({ outstanding, lagBytes }: ReplicaView): number {
  return (outstanding + 1) * (1 + lagBytes / lagUnitBytes)
}
