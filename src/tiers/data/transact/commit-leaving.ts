import { CompiledQuery, type ControlledTransaction } from "kysely"
import { RoutedConnection } from "../router/routed-connection.ts"
import { leave, leaving, type Ticket } from "./lanes.ts"

/** Commits a transaction that leaves its number behind: in one message with COMMIT where the dialect is ours. */
export async function commitLeaving<DB>(
  trx: ControlledTransaction<DB>,
  ticket: Ticket | undefined,
): Promise<void> {
  if (ticket !== undefined) {
    await trx.getExecutor().provideConnection(async connection => {
      if (connection instanceof RoutedConnection)
        connection.beforeCommit({ statement: leave, values: leaving(ticket) })
      else await connection.executeQuery(CompiledQuery.raw(leave.text, [...leaving(ticket)]))
    })
  }
  await trx.commit().execute()
}
