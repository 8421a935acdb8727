/**
 * What the admin API (port 7070) speaks, the door `banyan/admin`: the command line and the console read nothing else.
 * `--json` prints these values as they are, so a field is only ever added.
 */
export * from "./admin-audit.ts"
export * from "./admin-data.ts"
export * from "./admin-drills.ts"
export * from "./admin-history.ts"
export * from "./admin-load.ts"
export * from "./admin-logs.ts"
export * from "./admin-readings.ts"
export * from "./admin-requests.ts"
export * from "./admin-state.ts"
