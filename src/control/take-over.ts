import type { PromotionRecord } from "../drivers/database-acts.ts"
import { messageOf } from "../kit/errors.ts"
import { whileDetachedRetry } from "./apply/driver-calls.ts"
import { untilWorld } from "./apply/wait.ts"
import type { ControlOptions } from "./control.ts"
import { controlError } from "./control-errors.ts"
import { condense, foldJournal, type JournalState } from "./journal/journal-state.ts"
import { JournalWriter } from "./journal/journal-writer.ts"
import type { World } from "./observe/world.ts"

/** How long the instances may take to report again when nobody else can say what the map was. */
const lostJournalTimeoutMs = 10_000

export type TakeOver = {
  readonly term: number
  readonly writer: JournalWriter
  readonly state: JournalState
  /** As their host has written them down. */
  readonly promotions: readonly PromotionRecord[]
}

async function promotionsOf({ driver, clock, log }: ControlOptions): Promise<readonly PromotionRecord[]> {
  const { databases } = driver
  if (databases === undefined) return []
  const never = new AbortController().signal
  return whileDetachedRetry(() => databases.promotions(), clock, never).catch(error => {
    log.error({ err: error }, `promotions are not known: ${messageOf(error)}`)
    return []
  })
}

/**
 * Becomes the control plane: reads the journal, hears who lives, claims a term above every one ever seen (journal,
 * agent, processes), shuts older control planes out. Throws BN1321 or BN1401 when a newer one is already there.
 */
export async function takeOver(options: ControlOptions, world: World): Promise<TakeOver> {
  const { driver, journal, clock, log, settings } = options
  const never = new AbortController().signal
  const { entries, lastSeq, warnings } = await journal.read()
  for (const warning of warnings) log.warn({}, warning)
  const state = foldJournal(entries)

  await whileDetachedRetry(() => world.refresh(), clock, never)
  const timeoutMs = state.map === undefined ? lostJournalTimeoutMs : (settings.helloTimeoutMs ?? 1_500)
  await untilWorld(world, clock, () => world.allHeard(), { timeoutMs })

  const seen = await whileDetachedRetry(() => driver.epoch(), clock, never)
  const heard = world.hellos().map(hello => hello.epoch.term)
  const term = Math.max(state.term, seen.term, ...heard) + 1
  const records = condense({ ...state, term }, clock.nowMs())
  // Compaction is the first write of the new term: whoever still writes to the old journal is shut out by it.
  if (!(await journal.compact(lastSeq + 1, records)))
    throw controlError("BN1321", { expectedSeq: lastSeq + 1 })
  await whileDetachedRetry(() => driver.fence({ term, counter: 0 }), clock, never)
  // Not earlier: an older control plane may have one done until it is shut out.
  const promotions = await promotionsOf(options)
  world.databases.promotion = promotions.at(-1)
  return {
    promotions,
    term,
    state,
    writer: new JournalWriter(journal, lastSeq + 1 + records.length, clock, log),
  }
}
