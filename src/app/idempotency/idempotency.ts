import type { Transaction } from "kysely"

/** A request that may come twice, and how it is known again. */
export type KeyedRequest = {
  /** Its `Idempotency-Key` as it came; null or undefined: it has none. */
  readonly key: string | null | undefined
  /** Whose it is: a user's id. Two users may choose the same key. */
  readonly owner: string
  /** A UUID: the shard key of the rows that the work writes. The key is kept beside them, on the same shard. */
  readonly home: string
  /** All that was asked for: method, path, body. The same key with anything else is a mistake of the client. */
  readonly asked: string
}

/**
 * Does what a keyed request asks for once, however often it comes, and answers each time as the first time: the answer
 * is kept in the transaction that did the work, so that there is never one without the other. Name the routes that do
 * so in `keyedRoutes` of the app's definition, and the front door repeats them by itself when an instance dies.
 */
export interface Idempotency<DB> {
  /**
   * `work` runs in a transaction of `services.transact` and must do everything in it: it may run again, and finds nothing
   * of an earlier run then. Its answer's body is text. What it throws is kept nowhere: the next
   * try begins anew. Without a key it simply runs.
   *
   * A repeated request gets the first answer with `Idempotency-Replayed: true`. One that comes while the first is
   * under way waits for it. Throws BN2304 (400: the key is none), BN2305 (422: the key belongs to another request),
   * BN2306 (409: the first is still under way), BN2307.
   */
  once(request: KeyedRequest, work: (tx: Transaction<DB>) => Promise<Response>): Promise<Response>
}
