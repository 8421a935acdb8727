import { readFileSync } from "node:fs"
import { z } from "zod"
import { messageOf } from "../../../../kit/errors.ts"
import { writeFileAtomic } from "../../../../kit/node/atomic-file.ts"
import { explain } from "../server/make-once.ts"
import { replicationError } from "./replication-errors.ts"

const quorumSchema = z.strictObject({ members: z.array(z.string()), acks: z.int().nonnegative() })
const promotionSchema = z.strictObject({
  id: z.string(),
  former: z.string(),
  timeline: z.int(),
  horizonXid: z.string().optional(),
  why: z.enum(["fail-over", "switch-over"]),
  atMs: z.number(),
  parts: z.record(z.string(), z.number()),
})
const orderSchema = z.strictObject({
  id: z.string(),
  former: z.string(),
  timeline: z.int(),
  horizon: z.strictObject({ xid: z.string(), lsn: z.string() }).optional(),
  why: z.enum(["fail-over", "switch-over"]),
  atMs: z.number(),
})
const recordSchema = z.strictObject({
  schema: z.literal(1),
  quorums: z.array(quorumSchema),
  promotions: z.array(promotionSchema),
  ordered: orderSchema.optional(),
})

/** A promotion that was done. */
export type RecordedPromotion = z.infer<typeof promotionSchema>
/** One that was about to be ordered: whether it was is to be found out (settle-promotion.ts). */
export type RecordedOrder = z.infer<typeof orderSchema>
/** `quorums`: what commits wait for; two while that changes, the newer last. */
export type FleetRecord = z.infer<typeof recordSchema>

const empty: FleetRecord = { schema: 1, quorums: [], promotions: [] }
/** More than anybody can have an open question about. */
const keptPromotions = 64

/**
 * What a host knows of its own databases, on its disk before anybody is told: a control plane may have died before it
 * heard, and commits wait for what was really set. Throws BN2265 when it is damaged: guessing could lose a write.
 */
export function readFleetRecord(path: string): FleetRecord {
  let text: string
  try {
    text = readFileSync(path, "utf8")
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return empty
    throw replicationError("BN2265", { path, reason: messageOf(error) }, error)
  }
  try {
    return recordSchema.parse(JSON.parse(text))
  } catch (error) {
    throw replicationError("BN2265", { path, reason: "it is no record of a fleet" }, error)
  }
}

/** Who is the primary as far as this host knows; undefined: nobody was ever promoted here. */
export function recordedPrimary({ promotions }: FleetRecord): string | undefined {
  return promotions.at(-1)?.id
}

/** The record of the one process that acts. Each change is on the disk when the call returns. Throws BN2236, BN2237. */
export class FleetRecordFile {
  readonly #path: string
  #value: FleetRecord

  constructor(path: string) {
    this.#path = path
    this.#value = readFleetRecord(path)
  }

  get value(): FleetRecord {
    return this.#value
  }

  setQuorums(quorums: FleetRecord["quorums"]): void {
    this.#write({ ...this.#value, quorums })
  }

  order(ordered: RecordedOrder): void {
    this.#write({ ...this.#value, ordered })
  }

  /** What was ordered was done, or, without a promotion, never happened. */
  close(promotion: RecordedPromotion | undefined): void {
    const { ordered: _, ...kept } = this.#value
    const promotions = [...kept.promotions, ...(promotion === undefined ? [] : [promotion])]
    this.#write({ ...kept, promotions: promotions.slice(-keptPromotions) })
  }

  #write(value: FleetRecord): void {
    try {
      writeFileAtomic(this.#path, `${JSON.stringify(value, null, 2)}\n`)
    } catch (error) {
      throw explain(error, this.#path)
    }
    this.#value = value
  }
}
