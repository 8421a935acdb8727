import { spawnSync } from "node:child_process"
import { accessSync, constants, readlinkSync } from "node:fs"
import { networkInterfaces } from "node:os"
import { join } from "node:path"
import { enterNamespaces } from "./enter-namespaces.ts"

/**
 * A network namespace of its own for a drill and all it starts, with nothing in it but `lo`. There packets are really
 * lost, which no proxy can show, and nothing outside can notice. It has no name and ends with its last process.
 *
 * Root needs no more than that. Others get it in a user namespace in which they stay who they are (Postgres would not
 * start as root) and hold every capability over what is in it. iptables' lock lies in /run, which belongs to the real
 * root, so they get a /run of their own as well, in a mount namespace.
 */
export type OwnNetwork =
  | {
      readonly possible: true
      /** Words that run the command that follows them in a new one. */
      readonly prefix: readonly [string, ...string[]]
      /** The packet filter that works there. */
      readonly filter: string
    }
  | {
      readonly possible: false
      /** As in a `SkippedFault`. */
      readonly why: string
      readonly remedy: string
    }

type Impossible = Extract<OwnNetwork, { possible: false }>

/** The outer network and the packet filter, for those inside. */
const outerVariable = "BANYAN_OUTER_NETWORK"
const filterVariable = "BANYAN_PACKET_FILTER"

const packages = { unshare: "util-linux", ip: "iproute2", iptables: "iptables" } as const

/** Whether this user may have one here, found out by making one and setting rules in it: some 50 ms. */
export function ownNetwork(): OwnNetwork {
  if (process.platform !== "linux") {
    return { possible: false, why: "only Linux has network namespaces", remedy: "run it on Linux" }
  }
  const missing = Object.keys(packages).filter(name => programAt(name) === undefined)
  if (missing.length > 0) return withoutPrograms(missing as (keyof typeof packages)[])
  const prefix = prefixFor(process.geteuid?.() === 0)
  const made = spawnSync(prefix[0], [...prefix.slice(1), "true"], { encoding: "utf8" })
  if (made.status !== 0) return refused(lastLine(made.stderr))
  const tried = ["iptables-legacy", "iptables"].flatMap(name => tryFilter(prefix, name) ?? [])
  const works = tried.find(({ error }) => error === undefined)
  if (works !== undefined) return { possible: true, prefix, filter: works.filter }
  return {
    possible: false,
    why: `iptables cannot set rules in a network of its own: ${tried[0]?.error}`,
    remedy: "load the kernel modules ip_tables, iptable_filter, xt_statistic and ipt_REJECT",
  }
}

/**
 * Whether this process runs in a network that `enterOwnNetwork` made: not the one its caller was in, and no way out of
 * it. What else is listed there by some kernels (`tunl0`, `sit0`) is down and carries nothing.
 */
export function isInOwnNetwork(): boolean {
  const outer = process.env[outerVariable]
  if (process.platform !== "linux" || !outer || outer === currentNetwork()) return false
  return Object.keys(networkInterfaces()).every(name => name === "lo")
}

/** The packet filter to use, or undefined outside an own network, where nothing may touch the rules. */
export function packetFilter(): string | undefined {
  return isInOwnNetwork() ? process.env[filterVariable] : undefined
}

/** Runs a command in a network of its own, as `enterNamespaces` runs it. */
export function enterOwnNetwork(
  network: Extract<OwnNetwork, { possible: true }>,
  argv: readonly [string, ...string[]],
  env: NodeJS.ProcessEnv = process.env,
): Promise<number> {
  return enterNamespaces(network.prefix, argv, { ...env, ...environmentOf(network) })
}

/** What those inside need to know that they are. */
export function environmentOf({ filter }: Extract<OwnNetwork, { possible: true }>): Record<string, string> {
  return { [outerVariable]: currentNetwork(), [filterVariable]: filter }
}

/** Its inode, in words: `net:[4026531833]`. */
function currentNetwork(): string {
  return readlinkSync("/proc/self/ns/net")
}

function prefixFor(isRoot: boolean): readonly [string, ...string[]] {
  const [unshare, ip] = [programAt("unshare")!, programAt("ip")!]
  const user = ["--user", "--map-current-user", "--keep-caps", "--mount"]
  const ownRun = isRoot ? "" : "mount -t tmpfs tmpfs /run && "
  // Words after the script are its $0 and $@.
  const script = `${ownRun}${ip} link set lo up && exec "$@"`
  return [unshare, "--net", ...(isRoot ? [] : user), "--", "sh", "-c", script, "own-network"]
}

/** Every kind of rule a fault uses, in a network that is gone at once. */
function tryFilter(
  prefix: readonly [string, ...string[]],
  name: string,
): { readonly filter: string; readonly error: string | undefined } | undefined {
  const filter = programAt(name)
  if (filter === undefined) return undefined
  const rules = ["-m statistic --mode random --probability 0.5 -j DROP", "-j REJECT --reject-with tcp-reset"]
  const script = rules.map(rule => `"$0" -w 5 -A INPUT -p tcp --dport 1 ${rule}`).join(" && ")
  const [program, ...args] = [...prefix, "sh", "-c", script, filter]
  const { status, stderr } = spawnSync(program as string, args, { encoding: "utf8" })
  return { filter, error: status === 0 ? undefined : lastLine(stderr) }
}

/** Ordinary users' PATH often lacks the folders of what only root used to need. */
function programAt(name: string): string | undefined {
  const folders = [...(process.env["PATH"] ?? "").split(":"), "/usr/sbin", "/sbin", "/usr/bin", "/bin"]
  return folders
    .filter(Boolean)
    .map(folder => join(folder, name))
    .find(path => {
      try {
        accessSync(path, constants.X_OK)
        return true
      } catch {
        return false
      }
    })
}

function withoutPrograms(missing: readonly (keyof typeof packages)[]): Impossible {
  return {
    possible: false,
    why: `needs the ${missing.length === 1 ? "program" : "programs"} ${missing.join(", ")} for a network of its own`,
    remedy: `apt-get install ${missing.map(name => packages[name]).join(" ")}`,
  }
}

function refused(reason: string): Impossible {
  const isRoot = process.geteuid?.() === 0
  return {
    possible: false,
    why: `a network of its own is not allowed here: ${reason}`,
    remedy: isRoot
      ? "run it with CAP_SYS_ADMIN and CAP_NET_ADMIN, which containers often lack"
      : "run it as root, or allow user namespaces (on Ubuntu: `sysctl kernel.apparmor_restrict_unprivileged_userns=0`)",
  }
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) || "no reason was given"
}
