import type { DatabaseSpec } from "../../drivers/local/keeper-protocol.ts"
import type { PostgresWords } from "../../tiers/data/postgres/server/postgres-server.ts"
import type { InstanceId } from "../../topology/topology.ts"
import { logOf } from "../project-paths.ts"

/** A server's words as those of a process, for its driver or its host. */
export function postgresProcess(id: InstanceId, words: PostgresWords): DatabaseSpec {
  return { id, ...words, tokenHash: "", logFile: logOf(id) }
}
