import { fileURLToPath } from "node:url"
import type { LocalDatabases } from "../../drivers/local/local-databases.ts"
import { readFleetRecord } from "../../tiers/data/postgres/replication/fleet-record.ts"
import type { InstanceId } from "../../topology/topology.ts"
import type { Asked } from "../asked.ts"
import type { PostgresConfig } from "../databases/postgres-server.ts"
import { nodeArgv } from "../instance/node-argv.ts"
import { nodeEnvironment } from "../instance/node-environment.ts"
import { logOf, paths } from "../project-paths.ts"

/** What a keeper is told at its birth. It reads the secrets itself, from the file only this user may read. */
export type KeeperLaunch = { readonly data: PostgresConfig }

const entryPoint = fileURLToPath(new URL("./keeper.ts", import.meta.url))

/** What the local driver must be told of the databases of this folder (the working directory). `config`: as it is now. */
export function localDatabases(config: () => PostgresConfig, asked: Asked): LocalDatabases {
  const words = {
    argv: nodeArgv(entryPoint, ["--max-semi-space-size=4"], asked),
    env: nodeEnvironment(),
    cwd: process.cwd(),
    logFile: logOf("keeper"),
  }
  return {
    keeper() {
      const { sharedBuffersMb, settings = {} } = config()
      const launch: KeeperLaunch = { data: { sharedBuffersMb, settings } }
      return { ...words, payload: JSON.stringify(launch) }
    },
    promotions: () => {
      const { promotions, ordered } = readFleetRecord(paths.fleet)
      return { done: promotions.map(idsOf), open: ordered !== undefined }
    },
  }
}

/** The file is this host's own, and only ids are written there. */
function idsOf<
  T extends { readonly id: string; readonly former: string; readonly horizonXid?: string | undefined },
>({ horizonXid, ...promotion }: T) {
  const { id, former } = promotion as { id: InstanceId; former: InstanceId }
  return { ...promotion, id, former, ...(horizonXid === undefined ? {} : { horizonXid }) }
}
