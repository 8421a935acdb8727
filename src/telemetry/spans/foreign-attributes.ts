import type { Attributes } from "@opentelemetry/api"
import { maskedSql } from "../masked.ts"

/** By the names that OpenTelemetry's semantic conventions give them. */
export function foreignAttributes(details: Readonly<Record<string, string>> | undefined): Attributes {
  const { sql, server, reason } = details ?? {}
  return {
    ...(sql !== undefined && { "db.system.name": "postgresql", "db.query.text": maskedSql(sql) }),
    ...(server !== undefined && { "server.address": server }),
    ...(reason !== undefined && { "banyan.waits_for": reason }),
  }
}
