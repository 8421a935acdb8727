import type { KeeperHost } from "../../drivers/local/keeper-process.ts"
import { type Member, memberOf } from "../../tiers/data/postgres/replication/member.ts"
import type { MemberProcess } from "../../tiers/data/postgres/replication/member-process.ts"
import { replicaBirth } from "../../tiers/data/postgres/replication/replica.ts"
import { replicationError } from "../../tiers/data/postgres/replication/replication-errors.ts"
import type { PostgresServer } from "../../tiers/data/postgres/server/postgres-server.ts"
import type { InstanceId } from "../../topology/topology.ts"
import type { Epoch } from "../../wire/epoch.ts"
import { postgresProcess } from "../databases/postgres-process.ts"
import { type PostgresConfig, postgresServer } from "../databases/postgres-server.ts"

/** Postgres ends everybody's work at once and writes a checkpoint; a busy disk takes its time for that. */
const stopGraceMs = 30_000
/** A start may have to replay much of the log first. */
const startWithinMs = 600_000

/** The servers of this host by name, and what can be done to their processes: by the agent, who is their parent. */
export class FleetServers {
  #config: PostgresConfig
  readonly #host: KeeperHost
  readonly #known = new Map<string, { readonly server: PostgresServer; readonly member: Promise<Member> }>()

  constructor(config: PostgresConfig, host: KeeperHost) {
    this.#config = config
    this.#host = host
  }

  member(id: string): Promise<Member> {
    return this.#at(id).member
  }

  /**
   * Writes other settings where there are data, and from now on before every start. Throws BN2244, and what a folder that
   * cannot be written says: then they are as before.
   */
  async configure(ids: readonly string[], config: PostgresConfig): Promise<void> {
    const before = this.#config
    try {
      await this.#write(ids, config)
    } catch (error) {
      await this.#write(ids, before).catch(() => {})
      throw error
    }
  }

  async #write(ids: readonly string[], config: PostgresConfig): Promise<void> {
    this.#config = config
    this.#known.clear()
    for (const id of ids) {
      const { server } = this.#at(id)
      if ((await server.cluster()) !== undefined) await server.prepare()
    }
  }

  /** Names of the settings its file would say something else of. Throws BN2244. */
  differing(id: string, config: PostgresConfig): Promise<readonly string[]> {
    return postgresServer(id, config).differing()
  }

  members(ids: readonly string[]): Promise<Member[]> {
    return Promise.all(ids.map(id => this.member(id)))
  }

  process(id: string, epoch: Epoch): MemberProcess {
    const call = this.#host.call.bind(this.#host)
    return {
      start: async signal => {
        const { server } = this.#at(id)
        const spec = postgresProcess(id as InstanceId, await server.prepare())
        signal.throwIfAborted()
        const pid = await call({ verb: "spawn", spec, epoch })
        await server.waitReady(Number(pid), AbortSignal.any([signal, AbortSignal.timeout(startWithinMs)]))
      },
      stop: async () => void (await call({ verb: "stop", id, graceMs: stopGraceMs, epoch })),
      kill: async () => void (await call({ verb: "kill", id, epoch })),
    }
  }

  /** Whether there is data for it, of the primary's cluster. Throws BN2233 .. BN2235, BN2266; nothing is touched. */
  async hasData(id: string, primary: string): Promise<boolean> {
    const [own, theirs] = await Promise.all([
      this.#at(id).server.cluster(),
      this.#at(primary).server.cluster(),
    ])
    if (own === undefined) return false
    if (theirs === undefined || own === theirs) return true
    const { dataFolder: folder } = await this.member(id)
    throw replicationError("BN2266", { id, primary, folder })
  }

  /** Fills its data folder from the primary's. When that fails, or is aborted, nothing is left of it. */
  async copy(id: string, primary: string, signal: AbortSignal): Promise<void> {
    const upstream = await this.member(primary)
    let told = -1
    const birth = replicaBirth({
      id,
      upstream,
      signal,
      onProgress: ({ bytes, totalBytes }) => {
        // The log that is sent along is in no estimate.
        const percent = Math.min(99, Math.floor((bytes * 100) / Math.max(1, totalBytes)))
        if (percent === told) return
        told = percent
        this.#host.progress(id, `copying from ${primary}: ${percent} % of ${mebibytes(totalBytes)} MiB`)
      },
    })
    this.#host.progress(id, `copying from ${primary}`)
    await postgresServer(id, this.#config, birth).prepare()
    this.#host.progress(id, `copied from ${primary}`)
  }

  #at(id: string) {
    const known = this.#known.get(id)
    if (known !== undefined) return known
    const server = postgresServer(id, this.#config)
    const member = server.place().then(place => memberOf(id, server, place))
    // Asked again when it failed.
    member.catch(() => this.#known.delete(id))
    const fresh = { server, member }
    this.#known.set(id, fresh)
    return fresh
  }
}

function mebibytes(bytes: number): number {
  return Math.max(1, Math.round(bytes / 2 ** 20))
}
