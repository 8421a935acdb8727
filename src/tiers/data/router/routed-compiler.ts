import { type LimitNode, PostgresQueryCompiler, ValueNode } from "kysely"

/** Each limit makes a text of its own, and of those a connection keeps only so many prepared. */
const mostInText = 1000

/**
 * Writes `limit 20`, not `limit $1`. Of a limit it does not know the planner takes a tenth of all rows, so the one plan
 * for all values looks dear beside one for these values, and a prepared statement is planned anew at every call
 * (`plan_cache_mode` in the Postgres manual, "Query Planning").
 */
export class RoutedCompiler extends PostgresQueryCompiler {
  protected override visitLimit(node: LimitNode): void {
    const limit = ValueNode.is(node.limit) ? node.limit.value : undefined
    if (Number.isInteger(limit) && (limit as number) >= 0 && (limit as number) <= mostInText)
      this.append(`limit ${limit}`)
    else super.visitLimit(node)
  }
}
