import { isBanyanError } from "../../../../kit/errors.ts"
import { fence } from "./fence.ts"
import { atServer, type Member } from "./member.ts"
import type { MemberProcess } from "./member-process.ts"
import { type Promotion, type PromotionOrder, promote, provenHorizon, timelineOf } from "./promote.ts"
import { isStandbyFolder, writeStandbySignal } from "./upstream.ts"

export type SettleOptions = {
  readonly order: PromotionOrder
  readonly member: Member
  readonly process: MemberProcess
  /** One that does not answer by then is ended: its files tell. */
  readonly answersWithinMs: number
  readonly promoteWithinMs: number
  readonly signal: AbortSignal
}

/**
 * What became of a promotion that was written down when whoever ordered it died. One that lives is promoted now: all that
 * had to be known before was known, and since then nobody let it follow anyone. Of one that does not, the server's own
 * files tell: it removes `standby.signal` once the new timeline is written. Undefined: it never became the primary, and
 * another one may. Throws BN2263, what a start throws, or the signal's reason.
 */
export async function settlePromotion(options: SettleOptions): Promise<Promotion | undefined> {
  const { member, process, order, signal } = options
  const inTime = AbortSignal.any([signal, AbortSignal.timeout(options.answersWithinMs)])
  try {
    return await ask(options, inTime)
  } catch (error) {
    signal.throwIfAborted()
    if (isBanyanError(error) && error.code === "BN2263") throw error
  }
  await process.kill(signal)
  if (isStandbyFolder(member.dataFolder)) return undefined
  await process.start(signal)
  const found = await ask(options, signal)
  if (found.timeline > order.timeline) return found
  // It died between its new timeline and the first word on it, and would write on the old one, as another server did.
  await process.kill(signal)
  writeStandbySignal(member)
  await process.start(signal)
  return ask(options, signal)
}

/** Of one that answers. Told twice to become the primary, it becomes it once. */
function ask({ member, order, promoteWithinMs }: SettleOptions, signal: AbortSignal): Promise<Promotion> {
  return atServer(member, signal, async client => {
    const timeline = await timelineOf(client)
    if (timeline !== undefined)
      return { timeline, horizon: await provenHorizon(client, timeline, order.horizon) }
    try {
      await fence(client, member, signal)
    } catch (error) {
      // It became the primary in between.
      if (!isBanyanError(error) || error.code !== "BN2262") throw error
    }
    return promote(client, member, order.horizon, AbortSignal.timeout(promoteWithinMs))
  })
}
