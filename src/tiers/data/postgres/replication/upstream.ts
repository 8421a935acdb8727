import { existsSync, readFileSync, rmSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import { standbySignal, writeOwned } from "../server/data-folder.ts"
import { confText, socketPort, upstreamConf } from "../server/server-settings.ts"
import { type Member, slotOf } from "./member.ts"

/** Holds the password: Postgres writes a changed `primary_conninfo` into its log, so that must not. */
const passFile = "upstream.passfile"

/** Settings of our own, so that a server can be asked what it has read, and a file what it says. */
const follows = { id: "banyan.follows", role: "banyan.follows_as" }
/** In SQL: whom a running server follows, and as what; null when nobody. */
export const followsQuery = `nullif(current_setting('${follows.id}', true), '') as follows,
  nullif(current_setting('${follows.role}', true), '') as "followsAs"`

/** A peer that accepts and then says nothing must not keep a standby from asking again. */
const connectTimeoutS = 2

/**
 * A newcomer's acknowledgement counts for nothing. Someone whose log may have grown another way (a former primary) must
 * be one until it has proved to be on its upstream's timeline: before it notices, it connects, reports its own position,
 * and Postgres takes that for an acknowledgement of commits it has never seen.
 */
export type StandbyRole = "member" | "newcomer"

/**
 * Writes down whom a standby follows, durably; a running one takes it up at its next reload. It logs in with a slot of
 * its own there, so that the log it still needs is kept. Throws BN2236, BN2237.
 */
export function writeUpstream(standby: Member, upstream: Member, role: StandbyRole = "member"): void {
  const { user, password } = standby.replicator
  write(standby, passFile, `*:*:*:${user}:${password.replaceAll(/[\\:]/g, "\\$&")}\n`)
  write(
    standby,
    upstreamConf,
    confText({
      primary_conninfo: conninfo(standby, upstream, role),
      primary_slot_name: slotOf(standby),
      [follows.id]: upstream.id,
      [follows.role]: role,
    }),
  )
}

/** Whom its file says it follows, and as what. Undefined: nobody. */
export function readUpstream(dataFolder: string): { id: string; role: StandbyRole } | undefined {
  const file = join(dataFolder, upstreamConf)
  const text = existsSync(file) ? readFileSync(file, "utf8") : ""
  const [id, role] = [follows.id, follows.role].map(
    name => new RegExp(`^${name} = '(.+)'$`, "m").exec(text)?.[1],
  )
  return id === undefined ? undefined : { id, role: role === "member" ? "member" : "newcomer" }
}

/** Whether it would start as a standby. */
export function isStandbyFolder(dataFolder: string): boolean {
  return existsSync(join(dataFolder, standbySignal))
}

/** Makes it a standby at its next start. */
export function writeStandbySignal(member: Pick<Member, "dataFolder" | "as">): void {
  write(member, standbySignal, "")
}

/**
 * Takes away whom it follows: first the password, so that from here on no new receiver can log in anywhere, whatever the
 * server's processes still believe; then the address, so that at its next reload the present receiver ends.
 */
export function removeUpstream(standby: Pick<Member, "dataFolder" | "as">): void {
  rmSync(join(standby.dataFolder, passFile), { force: true })
  write(standby, upstreamConf, confText({ primary_conninfo: "", [follows.id]: "", [follows.role]: "" }))
}

/** libpq's words for the way to the upstream, where a member is known by its id. */
export function conninfo(
  standby: Pick<Member, "id" | "dataFolder" | "replicator">,
  upstream: Member,
  role: StandbyRole,
): string {
  const words = {
    ...way(standby.dataFolder, upstream),
    user: standby.replicator.user,
    application_name: role === "member" ? standby.id : `${standby.id} (newcomer)`,
    passfile: passFile,
    connect_timeout: connectTimeoutS,
    sslmode: "disable",
    gssencmode: "disable",
  }
  return Object.entries(words)
    .map(([word, value]) => `${word}='${String(value).replaceAll(/[\\']/g, "\\$&")}'`)
    .join(" ")
}

/**
 * libpq takes a host for a socket's folder only when it starts with "/", and a socket's path is short (unix(7)). The data
 * folders of a fleet lie side by side and a server works in its own: on Linux that makes a path that is both.
 */
function way(from: string, { address, dataFolder }: Member): { host: string; port: number } {
  if (!("path" in address)) return address
  const beside = dirname(from) === dirname(dataFolder) && process.platform === "linux"
  return { host: beside ? `/proc/self/cwd/../${basename(dataFolder)}` : dataFolder, port: socketPort }
}

function write({ dataFolder, as }: Pick<Member, "dataFolder" | "as">, name: string, text: string): void {
  writeOwned({ path: dataFolder, as }, name, text)
}
