import type { DriverInstance } from "../../drivers/driver.ts"
import type { StageName } from "../../topology/topology.ts"
import { type ServiceMap, serviceMapSchema } from "../../wire/map.ts"
import type { Report } from "../../wire/report.ts"
import { isDatabase, playsBackend, playsFront } from "../plan/observed.ts"

/**
 * The map as it must have been, from what lives: for a control plane that has lost its journal.
 *
 * A living process that has not been heard in time is taken for serving: a front door too many open, or a backend that
 * turns out to be unwell, harms nobody; one too few takes the service away. What it says later is set right by a plan.
 */
export function recoverMap(
  instances: readonly DriverInstance[],
  reports: readonly Report[],
  stage: StageName,
  drainTimeoutMs: number,
): ServiceMap {
  const living = instances.filter(instance => instance.state !== "exited")
  const reportOf = (id: string) => reports.find(report => report.id === id)
  const chosen = new Set(reports.flatMap(report => report.front?.backends.map(backend => backend.id) ?? []))
  // A front door that was not heard may have chosen anybody.
  const everyFrontHeard = living.filter(playsFront).every(({ id }) => reportOf(id) !== undefined)
  const canary = canaryOf(reports)
  const mayBeChosen = (id: string) => chosen.has(id) || !everyFrontHeard
  return serviceMapSchema.parse({
    wire: 1,
    epoch: { term: 0, counter: 0 },
    stage,
    fronts: living.filter(playsFront).flatMap(({ id }) => {
      const report = reportOf(id)
      const state = report === undefined ? "open" : report.front?.state
      if (state === undefined || state === "closed") return []
      return [{ id, state: state === "open" ? "open" : "closed" }]
    }),
    backends: living.filter(playsBackend).flatMap(({ id, address, version, program }) => {
      const report = reportOf(id)
      if (report === undefined)
        return [{ id, address, version, weight: 100, state: "active", ...(program && { program }) }]
      const state = report.web?.state
      if (state === undefined || (state === "serving" && !mayBeChosen(id))) return []
      const entry = { id, address, version, weight: 100, state: state === "serving" ? "active" : "draining" }
      const keyedRoutes = report.manifest?.keyedRoutes
      return [{ ...entry, ...(keyedRoutes && { keyedRoutes }) }]
    }),
    databases: living.filter(isDatabase).map(({ id, address }) => ({ id, role: "primary", address })),
    ...(canary && { canary }),
    settings: { drainTimeoutMs },
  })
}

function canaryOf(reports: readonly Report[]): ServiceMap["canary"] {
  const [told] = reports.flatMap(report => report.front?.canary ?? [])
  if (told === undefined) return undefined
  const { tracks: _, ...canary } = told
  return canary
}
