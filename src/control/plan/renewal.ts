/** When a certificate is ordered: pure, so that the tests can try every year of it. */

/** Of the certificate that is there. */
export type CertificateLife = {
  readonly names: readonly string[]
  readonly notBeforeMs: number
  readonly notAfterMs: number
}

/** What the orders before came to. Kept on disk: a control plane that dies again and again asks no more often for it. */
export type OrderHistory = {
  /** Orders in a row that came to nothing. */
  readonly failures: number
  /** Orders in a row whose end nobody has seen, as the control plane ended before. */
  readonly interruptions: number
  /** The last one was begun, or has ended, at this time. */
  readonly lastAtMs: number
  readonly underWay: boolean
  /** The authority wants to hear of none before this time. */
  readonly notBeforeMs: number
  /** From 0 to 1, drawn anew at each order: not everybody comes at the same time. */
  readonly spread: number
}

export const noOrders: OrderHistory = {
  failures: 0,
  interruptions: 0,
  lastAtMs: 0,
  underWay: false,
  notBeforeMs: 0,
  spread: 0,
}

const dayMs = 86_400_000
/** Let's Encrypt: with a third of the lifetime left, of the short-lived with half of it. */
const shareLeft = 1 / 3
const shortLivedMs = 10 * dayMs
const shareLeftShort = 1 / 2
/** Renewals come up to this share of the lifetime earlier, each at its own time. */
const mostEarlier = 1 / 30

/** Five tries in the first hour: as many failed proofs of a name as Let's Encrypt takes in one. */
const firstWaitMs = 2 * 60_000
const longestWaitMs = 12 * 3_600_000
/** A control plane that dies in the middle is gone on with at once; one that always does, slower and slower. */
const firstWaitOfDyingMs = 30_000
const mostLater = 1 / 5

/** When the next certificate for these names is ordered; a time that has passed means now. */
export function orderDueAtMs(
  wanted: readonly string[],
  life: CertificateLife | undefined,
  history: OrderHistory,
  nowMs: number,
): number {
  // What was begun is ended, also where somebody had wished for it before its time.
  const isBegun = history.failures + history.interruptions > 0
  const neededMs = isBegun ? 0 : neededAtMs(wanted, life, history.spread)
  return Math.max(neededMs, allowedAtMs(history, nowMs))
}

function neededAtMs(wanted: readonly string[], life: CertificateLife | undefined, spread: number): number {
  if (life === undefined || !coversExactly(life.names, wanted)) return 0
  const lifetimeMs = life.notAfterMs - life.notBeforeMs
  const share = lifetimeMs < shortLivedMs ? shareLeftShort : shareLeft
  return life.notAfterMs - lifetimeMs * (share + mostEarlier * spread)
}

/** A name that is no longer wanted must go as well: its next proof would fail. */
function coversExactly(names: readonly string[], wanted: readonly string[]): boolean {
  return names.length === wanted.length && wanted.every(name => names.includes(name))
}

function allowedAtMs(
  { failures, interruptions, lastAtMs, notBeforeMs, spread }: OrderHistory,
  nowMs: number,
) {
  const waitMs = Math.max(
    doubled(firstWaitMs, failures) * (1 + mostLater * spread),
    doubled(firstWaitOfDyingMs, interruptions - 1),
  )
  // A clock that was set back must not make the wait longer than it is.
  return Math.max(Math.min(lastAtMs, nowMs) + waitMs, notBeforeMs)
}

/** 0 before the first, then `firstMs`, twice as much, and so on. */
function doubled(firstMs: number, times: number): number {
  return times <= 0 ? 0 : Math.min(firstMs * 2 ** (times - 1), longestWaitMs)
}

export function orderBegun(history: OrderHistory, nowMs: number, spread: number): OrderHistory {
  return { ...history, underWay: true, lastAtMs: nowMs, spread }
}

export function orderIssued(history: OrderHistory, nowMs: number): OrderHistory {
  return { ...noOrders, lastAtMs: nowMs, spread: history.spread }
}

export function orderFailed(history: OrderHistory, nowMs: number, retryAfterMs = 0): OrderHistory {
  const failures = history.failures + 1
  const notBeforeMs = nowMs + retryAfterMs
  return { ...history, failures, interruptions: 0, underWay: false, lastAtMs: nowMs, notBeforeMs }
}

/** As a control plane finds it that has just begun: of an order under way nobody will hear any more. */
export function orderInherited(history: OrderHistory): OrderHistory {
  return history.underWay
    ? { ...history, underWay: false, interruptions: history.interruptions + 1 }
    : history
}
