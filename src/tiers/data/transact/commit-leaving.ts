import type { ControlledTransaction } from "kysely"
import { dataError } from "../data-errors.ts"
import { RoutedConnection } from "../router/routed-connection.ts"
import { leave, leaving, type Ticket } from "./lanes.ts"

/** Commits a transaction that leaves its number behind, in one message with COMMIT. Throws BN2272. */
export async function commitLeaving<DB>(trx: ControlledTransaction<DB>, ticket: Ticket): Promise<void> {
  await trx.getExecutor().provideConnection(async connection => {
    // Of others nobody would hear what kind of loss it was, or that a wait for a standby was cancelled.
    if (!(connection instanceof RoutedConnection)) throw dataError("BN2272")
    connection.beforeCommit({ statement: leave, values: leaving(ticket) })
  })
  await trx.commit().execute()
}
