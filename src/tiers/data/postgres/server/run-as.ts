import { spawnSync } from "node:child_process"
import { dataError } from "../../data-errors.ts"
import { postgresEnvironment } from "./run-command.ts"

/**
 * Whose process a database server is. Postgres refuses root:
 * - `direct`: the user who starts it, when that is not root;
 * - `userns`: root in a user namespace of its own, where it is called `nobody`. Files stay root's, so it works below
 *   a private (0700) home;
 * - `nobody`: uid 65534 itself, where namespaces are forbidden. It cannot look into a private home: binaries and data
 *   lie in a folder of /var/lib/banyan.
 */
export const runAsModes = ["direct", "userns", "nobody"] as const
export type RunAsMode = (typeof runAsModes)[number]

/** On Linux and most others; Postgres wants a uid that has a name. */
export const nobodyId = 65534

export type RunAs = {
  readonly mode: RunAsMode
  readonly uid?: number
  readonly gid?: number
  /** The words that run `argv` so. */
  wrap(argv: readonly [string, ...string[]]): readonly [string, ...string[]]
}

/** Whose files are; whoever runs this when not given. */
export type Owner = Pick<RunAs, "uid" | "gid">

export type RunAsFacts = {
  readonly isRoot: boolean
  /** BANYAN_POSTGRES_AS. */
  readonly forced: string | undefined
  /** What the existing data was made under. */
  readonly recorded: RunAsMode | undefined
  /** Tried only when it matters. */
  readonly usernsWorks: () => boolean
}

/** The way to run a server. Existing data keeps its way. Throws BN2231, BN2232. */
export function chooseRunAs(facts: RunAsFacts): RunAsMode {
  const { isRoot, forced, recorded } = facts
  if (forced !== undefined) return forcedMode(forced, facts)
  if (!isRoot) return "direct"
  if (recorded === "nobody") return "nobody"
  if (facts.usernsWorks()) return "userns"
  if (recorded === "userns") {
    throw dataError("BN2231", { reason: "its data was made in a user namespace, and unshare fails now" })
  }
  return "nobody"
}

function forcedMode(forced: string, { isRoot, usernsWorks }: RunAsFacts): RunAsMode {
  const refuse = (reason: string) => dataError("BN2232", { forced, reason })
  const mode = runAsModes.find(known => known === forced)
  if (mode === undefined) throw refuse("no such way")
  if (mode === "direct" && isRoot) throw refuse("Postgres refuses to run as root")
  if (mode === "nobody" && !isRoot) throw refuse("only root may become another user")
  if (mode === "userns" && !isRoot) throw refuse("only root needs it")
  if (mode === "userns" && !usernsWorks()) throw refuse("`unshare --user` fails here")
  return mode
}

export function runAs(mode: RunAsMode): RunAs {
  if (mode === "direct") return { mode, wrap: argv => argv }
  if (mode === "nobody") return { mode, uid: nobodyId, gid: nobodyId, wrap: argv => argv }
  return { mode, wrap: argv => [...unshare, ...argv] }
}

const unshare = ["unshare", "--user", `--map-user=${nobodyId}`, `--map-group=${nobodyId}`, "--"] as const

/** Whether root in a namespace of its own can run the program and write to the folder (which exists). */
export function usernsWorks(program: string, folder: string): boolean {
  const script = '"$1" -V >/dev/null && test -w "$2" && test -x "$2"'
  const [command, ...args] = [...unshare, "sh", "-c", script, "probe", program, folder]
  return spawnSync(command as string, args, { env: postgresEnvironment, stdio: "ignore" }).status === 0
}
