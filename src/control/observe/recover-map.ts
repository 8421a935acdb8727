import type { PromotionRecord } from "../../drivers/database-acts.ts"
import type { DriverInstance } from "../../drivers/driver.ts"
import type { InstanceId, StageName } from "../../topology/topology.ts"
import { type ServiceMap, serviceMapSchema } from "../../wire/map.ts"
import type { Report } from "../../wire/report.ts"
import { isDatabase, playsBackend, playsFront } from "../plan/observed.ts"
import { quorumOf } from "../plan/quorum.ts"

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
  { promotions, drainTimeoutMs }: { promotions: readonly PromotionRecord[]; drainTimeoutMs: number },
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
    ...recoverDatabases(living.filter(isDatabase), promotions),
    ...(canary && { canary }),
    settings: { drainTimeoutMs },
  })
}

type Databases = Pick<ServiceMap, "databases" | "promotions" | "quorums">

/** What commits wait for is set anew: nobody knows whether all of it was done. Until then none may count on it. */
function recoverDatabases(
  living: readonly DriverInstance[],
  promotions: readonly PromotionRecord[],
): Databases {
  const primary = primaryIdOf(living, promotions)
  const quorum = living.find(({ id }) => id === primary)?.database?.quorum
  const role = (id: string) => (id === primary ? "primary" : "replica")
  const newest = promotions.map(({ timeline, horizonXid }) => ({
    timeline,
    ...(horizonXid !== undefined && { horizonXid }),
  }))
  return {
    databases: living.map(({ id, address }) => ({ id, role: role(id), address })),
    ...(quorum &&
      quorum.acks > 0 && {
        quorums: [quorumOf([primary!]), { members: [...quorum.members], acks: quorum.acks }],
      }),
    ...(newest.length > 0 && { promotions: newest.slice(-64) }),
  }
}

/** Who must be the primary: who says so, on the newest timeline; else whom the others follow; else who was promoted last. */
export function primaryIdOf(
  instances: readonly DriverInstance[],
  promotions: readonly PromotionRecord[],
): InstanceId | undefined {
  const living = instances.filter(each => isDatabase(each) && each.state !== "exited")
  const claiming = living
    .filter(({ database }) => database?.role === "primary")
    .sort((a, b) => (b.database?.timeline ?? 0) - (a.database?.timeline ?? 0))
  const told = living.flatMap(({ database }) => database?.follows ?? [])
  const silent = living.filter(({ database }) => database === undefined).map(({ id }) => id)
  return claiming[0]?.id ?? told[0] ?? promotions.at(-1)?.id ?? silent.sort()[0]
}

/** A map with the databases of another one. */
export function withDatabasesOf(map: ServiceMap, { databases, promotions, quorums }: ServiceMap): ServiceMap {
  return { ...map, databases, ...(promotions && { promotions }), ...(quorums && { quorums }) }
}

function canaryOf(reports: readonly Report[]): ServiceMap["canary"] {
  const [told] = reports.flatMap(report => report.front?.canary ?? [])
  if (told === undefined) return undefined
  const { tracks: _, ...canary } = told
  return canary
}
