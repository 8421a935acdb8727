/** When a changed field of the configuration file takes effect on a service that runs. */
export type ConfigEffect =
  /** With `apply`, under load: it is part of the desired topology. */
  | "live"
  /** With the next start: processes are told it at their birth. */
  | "restart"

/** What `topologyOf` reads; its test holds the two together. */
const topologyFields: readonly string[] = ["stage", "web/instances", "edge/instances", "data/instances"]
/** What databases are told while they run; what wants a restart waits, where there are no replicas, for the next start. */
const databaseFields: readonly string[] = ["data/sharedBuffersMb", "data/settings"]

export function effectOf(path: string): ConfigEffect {
  return topologyFields.includes(path) || databaseFields.includes(path) ? "live" : "restart"
}
