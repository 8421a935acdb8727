import { AsyncLocalStorage } from "node:async_hooks"
import { later, type Position } from "./position.ts"

/**
 * What one user has written and seen, in every database it touched: its reads never go back behind that. One object is
 * one line of work; between requests and processes it travels as a token (session-token.ts).
 */
export class CausalSession {
  readonly #positions: Map<string, Position>

  constructor(positions: Iterable<readonly [shard: string, position: Position]> = []) {
    this.#positions = new Map(positions)
  }

  /** What the next read of this shard must cover; undefined: anything will do. */
  needs(shard: string): Position | undefined {
    return this.#positions.get(shard)
  }

  /** It wrote, or saw, up to there. */
  saw(shard: string, position: Position | undefined): void {
    const sum = later(this.#positions.get(shard), position)
    if (sum !== undefined) this.#positions.set(shard, sum)
  }

  /**
   * The primary itself is only at `primary`, and the session had `asked` for more: that does not exist (any more: a
   * restored backup, a lost primary), and no replica would ever have it. What it has seen since is not touched.
   */
  lowerTo(shard: string, primary: Position, asked: Position): void {
    if (this.#positions.get(shard) === asked) this.#positions.set(shard, primary)
  }

  get positions(): ReadonlyMap<string, Position> {
    return this.#positions
  }
}

const current = new AsyncLocalStorage<CausalSession>()

/** Every query that begins within `work`, at whatever depth, belongs to the session. */
export function withCausalSession<T>(session: CausalSession, work: () => T): T {
  return current.run(session, work)
}

export function currentCausalSession(): CausalSession | undefined {
  return current.getStore()
}
