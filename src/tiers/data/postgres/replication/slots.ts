import { setTimeout as sleep } from "node:timers/promises"
import type pg from "pg"
import { replicationError } from "./replication-errors.ts"

/** A receiver that was stopped gives its slot free a moment later. */
const releasePollMs = 10
const releasePolls = 200

/** Keeps the log from here on for whoever uses the slot, also on a standby. Idempotent; a slot that lost its log is made anew. */
export async function ensureSlot(client: pg.Client, slot: string): Promise<void> {
  await client.query(
    `select pg_drop_replication_slot(slot_name) from pg_replication_slots
     where slot_name = $1 and not active and wal_status = 'lost'`,
    [slot],
  )
  await client.query(
    `select pg_create_physical_replication_slot($1, immediately_reserve => true)
     where not exists (select from pg_replication_slots where slot_name = $1)`,
    [slot],
  )
}

/** Keeps no log for it any more. Idempotent. Throws BN2258 when its user does not leave. */
export async function dropSlot(client: pg.Client, slot: string): Promise<void> {
  for (let poll = 0; ; poll++) {
    const { rows } = await client.query<{ pid: number | null }>(
      "select active_pid as pid from pg_replication_slots where slot_name = $1",
      [slot],
    )
    const [found] = rows
    if (found === undefined) return
    if (found.pid === null) {
      await client.query("select pg_drop_replication_slot($1)", [slot])
      return
    }
    if (poll >= releasePolls)
      throw replicationError("BN2258", { slot, on: client.database ?? "", pid: found.pid })
    await sleep(releasePollMs)
  }
}

/** Slots others had on a server that is followed no more would hold its log for ever. */
export async function dropSlotsBut(client: pg.Client, kept: readonly string[]): Promise<void> {
  const { rows } = await client.query<{ slot: string }>(
    "select slot_name as slot from pg_replication_slots where slot_type = 'physical' and not slot_name = any($1)",
    [kept],
  )
  for (const { slot } of rows) await dropSlot(client, slot)
}
