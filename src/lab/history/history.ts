/**
 * What the clients of a drill asked and saw, told by them alone: the only thing the checkers know.
 *
 * Two kinds of data are told apart. A *register* holds one value: `write` sets it, `read` sees it (null before the
 * first write). A *list* holds items, each added by nobody else and at most once: `add`, `remove`, and `list`, which
 * sees all of it. A `request` is any other; of it only the failing matters.
 */
export type OperationKind = "write" | "read" | "add" | "remove" | "list" | "request"

/**
 * `ok`: answered as it should. `failed`: for sure without effect (no connection was made, or the service said so).
 * `unknown`: it may have had its effect, may have it later, or never.
 */
export type Outcome = "ok" | "failed" | "unknown"

/** What is known before the request is sent. */
export type Intent = {
  /** Made by the client, unique in the history. */
  readonly id: string
  /** Whose reads must see whose writes: one user with one cookie. */
  readonly session: string
  readonly kind: OperationKind
  /** Which register or list; of a `request` what it is for. */
  readonly key: string
  /** What a write sets, the item that is added or removed. */
  readonly value?: string
  /** The HTTP method, for excuses. */
  readonly method?: string
  /** It carries an `Idempotency-Key`: whoever passes it on may repeat it. */
  readonly keyed?: true
  /** A read that a replica may answer: what its own session wrote and saw binds it, what others wrote does not. */
  readonly mayLag?: true
}

/** What is known after it. */
export type Result = {
  readonly outcome: Outcome
  /** What a read saw; null: nothing written yet. */
  readonly saw?: string | null
  /** What a list saw, in its order. */
  readonly items?: readonly string[]
  /** Of the register after the write, or as read: a later write has a higher one. */
  readonly version?: number
  /** How it failed, in the load generator's words: `resetReused`, `timeout`. */
  readonly failure?: string
  readonly detail?: string
}

/**
 * One request with its answer. Orders are places in the history: an operation whose `returnedOrder` is below
 * another's `invokedOrder` was over before the other began, whatever the clocks say. Times are milliseconds since
 * the history began, by a monotonic clock.
 */
export type Operation = Intent &
  Result & {
    readonly invokedOrder: number
    readonly invokedMs: number
    /** Absent: no answer was ever noted. Its outcome is `unknown`. */
    readonly returnedOrder?: number
    readonly returnedMs?: number
  }

/** A fault, its end, or a step of a plan. */
export type HistoryEvent = {
  /** `kill`, `freeze`, `thaw`, `step`. */
  readonly name: string
  /** To whom: an instance, a plan's step. */
  readonly subject: string
  readonly detail?: string
  readonly order: number
  readonly atMs: number
}

/** Items of a list after everything has ended; a long list comes in several, and so does one that lies on shards. */
export type FinalRead = { readonly key: string; readonly items: readonly string[] }

export type HistoryHeader = {
  /** What the history is of: a drill's name. */
  readonly title: string
  readonly seed: number
  /** Milliseconds since the epoch; all times count from it. */
  readonly startedAtMs: number
}

export type History = {
  readonly header: HistoryHeader
  /** By `invokedOrder`. */
  readonly operations: readonly Operation[]
  readonly events: readonly HistoryEvent[]
  readonly finals: readonly FinalRead[]
  /** The file ends in the middle of a line: its writer was killed. */
  readonly torn: boolean
}
