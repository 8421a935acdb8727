import { z } from "zod"
import { groupNames, stageNames, type Topology } from "../topology/topology.ts"

const count = z.int().min(0).max(64)

export const topologySchema = z.strictObject({
  stage: z.enum(stageNames),
  instances: z.strictObject({ postgres: count, app: count, web: count, edge: count }),
})

/** What `grow`, `shrink` and `scale` said: kept in `.banyan/overrides.json`, above the configuration file. */
export const overridesSchema = z.strictObject({
  schema: z.literal(1),
  stage: z.enum(stageNames),
  instances: z.partialRecord(z.enum(groupNames), count),
  /** The command that said it. */
  by: z.string(),
  /** When, as an ISO 8601 text. */
  at: z.string(),
})
export type Overrides = z.infer<typeof overridesSchema>

/** Where the desired topology comes from when no plan is on its way. boot joins it to files. */
export interface TopologySource {
  /** Reads the configuration file anew. */
  base(): Promise<Topology>
  readonly overrides: {
    /** Undefined when there are none. A file nobody can read is set aside with a warning by whoever implements this. */
    read(): Promise<Overrides | undefined>
    /** Undefined removes them. */
    write(overrides: Overrides | undefined): Promise<void>
  }
}

export function withOverrides(base: Topology, overrides: Overrides | undefined): Topology {
  if (overrides === undefined) return base
  const zero = { postgres: 0, app: 0, web: 0, edge: 0 }
  return { stage: overrides.stage, instances: { ...zero, ...overrides.instances } }
}

export function overridesFor(topology: Topology, by: string, nowMs: number): Overrides {
  const { stage, instances } = topology
  return { schema: 1, stage, instances, by, at: new Date(nowMs).toISOString() }
}
