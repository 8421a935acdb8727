import type { DatabaseAct, DatabaseOutcome } from "../../drivers/database-acts.ts"
import { needRestart, reloadSettings } from "../../tiers/data/postgres/replication/reload-settings.ts"
import { hasLivePostgres } from "../../tiers/data/postgres/server/pid-file.ts"
import type { InstanceId } from "../../topology/topology.ts"
import type { FleetServers } from "./fleet-servers.ts"

const readWithinMs = 3_000

export type ConfigureOptions = {
  readonly act: Extract<DatabaseAct, { act: "configure" }>
  readonly servers: FleetServers
  /** A server that runs has read its settings anew, and says whether some wait for a restart. */
  readonly onRead: (id: string, restartDue: boolean) => void
  readonly signal: AbortSignal
}

/** The act `configure`: files first, then whoever runs reads them. Throws BN2244; then nothing was changed. */
export async function configureServers(options: ConfigureOptions): Promise<DatabaseOutcome> {
  const { act, servers, onRead, signal } = options
  if (act.ask) return { done: true, restartDue: await wouldRestart(options) }
  await servers.configure(act.ids, act.settings)
  const restartDue: InstanceId[] = []
  for (const id of act.ids) {
    const member = await servers.member(id)
    if (!hasLivePostgres(member.dataFolder)) continue
    const inTime = AbortSignal.any([signal, AbortSignal.timeout(readWithinMs)])
    // One that hangs, or has just ended, takes them up when it is started.
    const isDue = await reloadSettings(member, inTime).catch(() => undefined)
    signal.throwIfAborted()
    if (isDue === undefined) continue
    onRead(id, isDue)
    if (isDue) restartDue.push(id)
  }
  return { done: true, restartDue }
}

/** Of those that run: whose file would say something else of a setting that only a start takes up. */
async function wouldRestart({ act, servers, signal }: ConfigureOptions): Promise<InstanceId[]> {
  const due: InstanceId[] = []
  for (const id of act.ids) {
    const names = await servers.differing(id, act.settings)
    const member = await servers.member(id)
    if (names.length === 0 || !hasLivePostgres(member.dataFolder)) continue
    const inTime = AbortSignal.any([signal, AbortSignal.timeout(readWithinMs)])
    if (await needRestart(member, names, inTime).catch(() => false)) due.push(id)
    signal.throwIfAborted()
  }
  return due
}
