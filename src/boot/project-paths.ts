/**
 * Where things lie in a project's folder. Everything is relative to it: the project folder is the working directory
 * of every process, and socket paths must stay short (sun_path holds ~107 bytes).
 */
export const paths = {
  home: ".banyan",
  run: ".banyan/run",
  logs: ".banyan/logs",
  data: ".banyan/data",
  /** Who was promoted here, and what commits wait for. */
  fleet: ".banyan/data/fleet.json",
  cache: ".banyan/cache",
  /** What browsers load, built from the sources of a page. */
  pages: ".banyan/cache/pages",
  journal: ".banyan/journal",
  /** Of each certificate authority: account, certificate, what orders came to. */
  acme: ".banyan/acme",
  overrides: ".banyan/overrides.json",
  /** Who asked for what, and what came of it. */
  audit: ".banyan/audit.ndjson",
  /** Who was made to stand still, and until when. */
  frozen: ".banyan/run/frozen.json",
  /** The load that was asked for from the console. */
  load: ".banyan/run/load.json",
  /** Here a program finds the primary's socket, whoever that is. */
  primary: ".banyan/run/primary",
  /** How this run was asked for: the flags of `up`. */
  asked: ".banyan/run/asked.json",
  /** What this run was started with, of the settings that only a start takes up. */
  started: ".banyan/run/started.json",
  /** Address and token of the admin API, 0600: what the command line reads. */
  admin: ".banyan/run/admin.json",
  adminToken: ".banyan/admin-token",
  /** What signs the tokens of causal sessions. */
  causalSecret: ".banyan/causal-secret",
  /** What is kept of the drills that were begun from the console. */
  drillRuns: ".banyan/drill-runs",
  agentSocket: ".banyan/run/agent.sock",
  controlSocket: ".banyan/run/control.sock",
} as const

export const journalFile = `${paths.journal}/journal.ndjson`

export function logOf(id: string): string {
  return `${paths.logs}/${id}.log`
}

export function webSocketOf(id: string): string {
  return `${paths.run}/${id}.sock`
}
