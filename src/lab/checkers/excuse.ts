import type { History, Operation, OperationKind } from "../history/history.ts"

/** Why some failures are no violation; data, written down in the scenario before it runs. Absent: any. */
export type Excuse = {
  /** As a sentence, for the report. */
  readonly why: string
  /** How it may fail: `resetReused`, `timeout`; `noAnswer` when the history ends before any result. */
  readonly failures?: readonly string[]
  readonly kinds?: readonly OperationKind[]
  readonly methods?: readonly string[]
  /** Only requests without an `Idempotency-Key`. */
  readonly keyless?: true
  readonly outcomes?: readonly Operation["outcome"][]
  /** The request must have been under way at some moment of one of these. */
  readonly during?: Window
  /** More failures than this and the excuse covers none of the others. */
  readonly atMost?: number
}

/** From an event on, until another one with the same subject or, without `closes`, for that moment; and around it. */
export type Window = {
  readonly opens: string
  readonly closes?: string
  /** Absent: of any subject. A prefix: `web` also means `web-2`. */
  readonly subject?: string
  readonly beforeMs?: number
  readonly afterMs?: number
}

export const noAnswer = "noAnswer"

export type Interval = { readonly fromMs: number; readonly untilMs: number }

/** When a window was open in this history. One that never closes is open to the end. */
export function intervalsOf(window: Window, events: History["events"]): Interval[] {
  const { opens, closes, subject = "", beforeMs = 0, afterMs = 0 } = window
  const closedMs = new Map<string, number>()
  const intervals: Interval[] = []
  // From the end, so that the last closing met is the first one after an opening.
  for (const event of events.toReversed()) {
    if (!event.subject.startsWith(subject)) continue
    const { atMs } = event
    if (event.name === closes) closedMs.set(event.subject, atMs)
    if (event.name !== opens) continue
    const endMs = closes === undefined ? atMs : (closedMs.get(event.subject) ?? Number.POSITIVE_INFINITY)
    intervals.push({ fromMs: atMs - beforeMs, untilMs: endMs + afterMs })
  }
  return intervals.reverse()
}

/** Whether an excuse speaks for a failed operation, given when its window was open. */
export function excuses(excuse: Excuse, operation: Operation, open: readonly Interval[]): boolean {
  const { failures, kinds, methods, keyless, outcomes, during } = excuse
  const { failure = noAnswer, kind, method = "", keyed = false, outcome, invokedMs } = operation
  const returnedMs = operation.returnedMs ?? Number.POSITIVE_INFINITY
  return (
    (failures?.includes(failure) ?? true) &&
    (kinds?.includes(kind) ?? true) &&
    (methods?.includes(method) ?? true) &&
    (keyless === undefined || !keyed) &&
    (outcomes?.includes(outcome) ?? true) &&
    (during === undefined || open.some(({ fromMs, untilMs }) => invokedMs <= untilMs && returnedMs >= fromMs))
  )
}
