import type { DriverInstance } from "../../drivers/driver.ts"
import type { StageName } from "../../topology/topology.ts"
import { type ServiceMap, serviceMapSchema } from "../../wire/map.ts"
import type { Report } from "../../wire/report.ts"
import { isDatabase } from "../plan/observed.ts"

/** The map as it must have been, from what lives: for a control plane that has lost its journal. */
export function recoverMap(
  instances: readonly DriverInstance[],
  reports: readonly Report[],
  stage: StageName,
  drainTimeoutMs: number,
): ServiceMap {
  const living = instances.filter(instance => instance.state !== "exited")
  const reportOf = (id: string) => reports.find(report => report.id === id)
  const chosen = new Set(reports.flatMap(report => report.front?.backends.map(backend => backend.id) ?? []))
  return serviceMapSchema.parse({
    wire: 1,
    epoch: { term: 0, counter: 0 },
    stage,
    fronts: living.flatMap(({ id }) => {
      const state = reportOf(id)?.front?.state
      if (state === undefined || state === "closed") return []
      return [{ id, state: state === "open" ? "open" : "closed" }]
    }),
    backends: living.flatMap(({ id, address, version }) => {
      const state = reportOf(id)?.web?.state
      if (state === undefined || (state === "serving" && !chosen.has(id))) return []
      return [{ id, address, version, weight: 100, state: state === "serving" ? "active" : "draining" }]
    }),
    databases: living.filter(isDatabase).map(({ id, address }) => ({ id, role: "primary", address })),
    settings: { drainTimeoutMs },
  })
}
