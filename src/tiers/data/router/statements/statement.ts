import type { QueryKind } from "../classify/query-kind.ts"

/** A text of SQL that came by at least once, and what was found out about it. */
export type Statement = {
  readonly text: string
  /** A server may teach better: see router.ts. */
  kind: QueryKind
  /** How often it came by. */
  uses: number
  /** What a server takes for it by itself, as far as this process can tell. Undefined before it was read once. */
  tookMs?: number
  /** Several in one text: only the simple query protocol takes them, and it takes no values. */
  readonly several?: boolean
}

/** A statement of the router's own: it comes again and again, on every connection. */
export function ownStatement(text: string): Statement {
  return { text, kind: "write", uses: 2 }
}
