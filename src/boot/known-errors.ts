import { acmeError } from "../acme/acme-errors.ts"
import { appError } from "../app/app-errors.ts"
import { controlError } from "../control/control-errors.ts"
import { driversError } from "../drivers/drivers-errors.ts"
import { httpError } from "../http1/http1-errors.ts"
import { http2Error } from "../http2/http2-errors.ts"
import type { ErrorRow } from "../kit/errors.ts"
import { backupError } from "../tiers/data/backup/backup-errors.ts"
import { dataError } from "../tiers/data/data-errors.ts"
import { replicationError } from "../tiers/data/postgres/replication/replication-errors.ts"
import { certificateError } from "../tiers/edge/client/tls/certificate-errors.ts"
import { edgeError } from "../tiers/edge/edge-errors.ts"
import { webError } from "../tiers/web/web-errors.ts"
import { topologyError } from "../topology/topology-errors.ts"
import { bootError } from "./boot-errors.ts"

/** Every error of the rooms that boot joins, by code. */
export const serviceErrors: Readonly<Record<string, ErrorRow>> = {
  ...topologyError.table,
  ...httpError.table,
  ...http2Error.table,
  ...controlError.table,
  ...driversError.table,
  ...acmeError.table,
  ...edgeError.table,
  ...certificateError.table,
  ...webError.table,
  ...dataError.table,
  ...replicationError.table,
  ...backupError.table,
  ...appError.table,
  ...bootError.table,
}
