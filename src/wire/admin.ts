/**
 * What the admin API (port 7070) speaks, the door `banyan/admin`: the command line and the console read nothing else.
 * `--json` prints these values as they are, so a field is only ever added.
 */
export * from "./admin-audit.ts"
export * from "./admin-history.ts"
export * from "./admin-readings.ts"
export * from "./admin-state.ts"
