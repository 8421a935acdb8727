import { readFleetRecord, recordedPrimary } from "../../tiers/data/postgres/replication/fleet-record.ts"
import { paths } from "../project-paths.ts"

/** Whom the host of this folder (the working directory) promoted last; undefined: nobody ever. Throws BN2265. */
export function promotedHere(): string | undefined {
  return recordedPrimary(readFleetRecord(paths.fleet))
}
