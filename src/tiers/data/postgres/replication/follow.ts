import type pg from "pg"
import { type Member, slotOf } from "./member.ts"
import { ensureSlot } from "./slots.ts"
import { readUpstream, type StandbyRole, writeStandbySignal, writeUpstream } from "./upstream.ts"

/**
 * Points a running standby at another upstream, without a restart; it follows that onto a new timeline by itself. Its
 * slot there is made first, so that no log is lost that it still needs. Without a connection to the standby it takes this
 * up when it is started again, or told to look.
 */
export async function follow(
  standby: Member,
  upstream: Member,
  at: { readonly standby: pg.Client | undefined; readonly upstream: pg.Client },
  role: StandbyRole,
): Promise<void> {
  await ensureSlot(at.upstream, slotOf(standby))
  writeUpstream(standby, upstream, role)
  await at.standby?.query("select pg_reload_conf()")
}

/**
 * What a data folder must say before its server starts, for it never to come up as a primary: whom it follows, and that it
 * is a standby. Who follows another one by its files, or nobody, may have been a primary: a newcomer, until it is attached.
 */
export function becomeReplica(member: Member, primary: Member): void {
  if (readUpstream(member.dataFolder)?.id !== primary.id) writeUpstream(member, primary, "newcomer")
  writeStandbySignal(member)
}
