import type { InstanceView } from "banyan/admin"
import { bytes, duration } from "./numbers.ts"

type Following = Pick<NonNullable<InstanceView["database"]>, "streaming" | "lagBytes" | "lagMs">

/** How far a replica is behind; empty where nobody knows. */
export function lagWords({ streaming, lagBytes, lagMs }: Following): string {
  if (streaming === false) return "does not follow"
  if (lagMs !== undefined) return duration(Math.round(lagMs))
  return lagBytes === undefined ? "" : bytes(lagBytes)
}
