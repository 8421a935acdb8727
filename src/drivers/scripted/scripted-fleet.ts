import type { Clock } from "../../kit/clock.ts"
import type { InstanceId } from "../../topology/topology.ts"
import type { ServiceMap } from "../../wire/map.ts"
import type { DatabaseQuorum, DatabaseState, PromotionRecord } from "../database-acts.ts"

/** One write in a log, with all before it: two logs share their past, or have grown apart. */
type Log = { readonly before: Log | undefined; readonly length: number; readonly write: string }

/** What lies in a data folder: it outlives the process. */
type Data = {
  role: "primary" | "replica"
  timeline: number
  log: Log | undefined
  follows: InstanceId | undefined
  quorum: DatabaseQuorum | undefined
  /** As its folder says: of all settings the one that only a start takes up. */
  sharedBuffersMb?: number | undefined
}

type Waiting = { readonly at: number; readonly acknowledge: () => void }

export type FleetOptions = {
  readonly clock: Clock
  /** How long a write is on its way to a replica. Default: 1 ms. */
  readonly lagMs?: () => number
}

/**
 * Databases in memory: logs that grow, replicas that follow, commits that wait for a quorum. As much of Postgres as decides
 * whether an acknowledged write survives: who has which log, who sends it to whom, and who counts.
 */
export class ScriptedFleet {
  /** What its disk holds: made at a first start, kept until it is removed. */
  readonly #folders = new Map<InstanceId, Data>()
  /** Those that run, and the setting they were started with. */
  readonly #open = new Map<InstanceId, number | undefined>()
  /** Whether a server that runs does not answer just now, nor send, nor receive. */
  readonly hangs = new Set<InstanceId>()
  /** Replicas that receive nothing, for whatever reason. */
  readonly cut = new Set<InstanceId>()
  readonly promotions: PromotionRecord[] = []
  readonly #waiting = new Map<InstanceId, Waiting[]>()
  readonly #clock: Clock
  readonly #lagMs: () => number
  /** Its host, who tells whoever looks. */
  onChange: (id: InstanceId) => void = () => {}

  constructor({ clock, lagMs = () => 1 }: FleetOptions) {
    this.#clock = clock
    this.#lagMs = lagMs
  }

  /**
   * A server comes up with what its folder holds, as the map says. Throws when it would have to be copied and there is
   * nobody to copy.
   */
  open(id: InstanceId, map: ServiceMap): void {
    const said = map.databases.find(each => each.role === "primary")?.id as InstanceId | undefined
    const upstream = said === id ? undefined : said
    const data = this.#folders.get(id)
    if (data === undefined && upstream !== undefined) this.copy(id, upstream)
    else if (data === undefined) this.#folders.set(id, fresh())
    else if (upstream !== undefined) Object.assign(data, { role: "replica", follows: upstream })
    else {
      const over = this.promotions.at(-1)
      if (over !== undefined && over.timeline > data.timeline && over.id !== id && data.role === "primary")
        Object.assign(data, { role: "replica", follows: over.id })
    }
    this.#open.set(id, this.#folders.get(id)?.sharedBuffersMb)
    this.#shipAll()
    this.onChange(id)
  }

  /** Whether a server that runs was told settings that it takes up when it is started again. */
  isRestartDue(id: InstanceId): boolean {
    return this.#open.has(id) && this.#open.get(id) !== this.#folders.get(id)?.sharedBuffersMb
  }

  closed(id: InstanceId): void {
    this.#open.delete(id)
    this.hangs.delete(id)
    this.#waiting.delete(id)
  }

  thaw(id: InstanceId): void {
    this.hangs.delete(id)
    this.#acknowledge(id)
    this.#shipAll()
    this.onChange(id)
  }

  /** Whose data lie on the disk. */
  folders(): InstanceId[] {
    return [...this.#folders.keys()].sort()
  }

  /** A base backup. */
  copy(id: InstanceId, upstream: InstanceId): void {
    const source = this.#folders.get(upstream)
    if (source === undefined || !this.answers(upstream) || source.role !== "primary")
      throw new Error(`${upstream} cannot be copied: it is no primary that answers`)
    const { timeline, log, quorum, sharedBuffersMb } = source
    this.#folders.set(id, { role: "replica", timeline, log, follows: upstream, quorum, sharedBuffersMb })
    this.ship(id)
  }

  remove(id: InstanceId): void {
    this.#folders.delete(id)
  }

  data(id: InstanceId): Data | undefined {
    return this.#folders.get(id)
  }

  answers(id: InstanceId): boolean {
    return this.#open.has(id) && !this.hangs.has(id)
  }

  /** A commit; `acknowledge` is called once enough have it. False: nobody takes writes here. */
  write(id: InstanceId, write: string, acknowledge: () => void): boolean {
    const data = this.#folders.get(id)
    if (data?.role !== "primary" || !this.answers(id)) return false
    data.log = { before: data.log, length: (data.log?.length ?? 0) + 1, write }
    const waiting = this.#waiting.get(id) ?? []
    waiting.push({ at: data.log.length, acknowledge })
    this.#waiting.set(id, waiting)
    this.#shipAll()
    this.#acknowledge(id)
    return true
  }

  /** Every write in a server's log. */
  writes(id: InstanceId): Set<string> {
    const found = new Set<string>()
    for (let log = this.#folders.get(id)?.log; log !== undefined; log = log.before) found.add(log.write)
    return found
  }

  /** Whom it follows sends, it receives, and its log is the beginning of that one's. */
  isStreaming(id: InstanceId): boolean {
    const data = this.#folders.get(id)
    if (data?.role !== "replica" || data.follows === undefined || this.cut.has(id)) return false
    const source = this.#folders.get(data.follows)
    return (
      source !== undefined &&
      this.answers(id) &&
      this.answers(data.follows) &&
      isBeginning(data.log, source.log)
    )
  }

  stateOf(id: InstanceId): DatabaseState | undefined {
    const data = this.#folders.get(id)
    if (data === undefined || !this.#open.has(id)) return undefined
    const { role, timeline, log, follows, quorum } = data
    const position = `0/${(log?.length ?? 0).toString(16).toUpperCase()}`
    const restartDue = this.isRestartDue(id) ? { restartDue: true as const } : {}
    if (role === "primary") return { role, timeline, position, ...(quorum && { quorum }), ...restartDue }
    const source = follows && this.#folders.get(follows)
    const lagBytes = Math.max(0, (source?.log?.length ?? 0) - (log?.length ?? 0))
    return {
      role,
      timeline,
      position,
      streaming: this.isStreaming(id),
      lagBytes,
      ...(follows && { follows }),
      ...restartDue,
    }
  }

  /** What its upstream has goes to it, a while later. */
  ship(id: InstanceId): void {
    this.#clock.after(this.#lagMs(), () => {
      const data = this.#folders.get(id)
      if (data?.follows === undefined || !this.isStreaming(id)) return
      const source = this.#folders.get(data.follows)!
      const isMore = source.log !== data.log
      Object.assign(data, { log: source.log, timeline: source.timeline })
      this.#acknowledge(data.follows)
      if (isMore) this.#shipAll()
    })
  }

  /** How many members of its quorum have at least so much of this primary's log. */
  confirmed(id: InstanceId, length: number): number {
    const data = this.#folders.get(id)
    const members = data?.quorum?.members.filter(each => each !== id) ?? []
    return members.filter(each => {
      const member = this.#folders.get(each)
      const hasIt = (member?.log?.length ?? 0) >= length && isBeginning(member?.log, data?.log)
      return hasIt && member?.follows === id && this.isStreaming(each)
    }).length
  }

  #acknowledge(id: InstanceId): void {
    const data = this.#folders.get(id)
    if (data?.role !== "primary" || !this.answers(id)) return
    const acks = data.quorum?.acks ?? 0
    const waiting = this.#waiting.get(id) ?? []
    const [done, rest] = [waiting, waiting].map((list, nth) =>
      list.filter(({ at }) => (acks === 0 || this.confirmed(id, at) >= acks) === (nth === 0)),
    )
    this.#waiting.set(id, rest!)
    for (const { acknowledge } of done!) acknowledge()
  }

  /** Who waits is looked at again: what commits wait for has changed. */
  reloaded(id: InstanceId): void {
    this.#acknowledge(id)
  }

  #shipAll(): void {
    for (const [id, { role }] of this.#folders) if (role === "replica" && this.#open.has(id)) this.ship(id)
  }
}

function fresh(): Data {
  return { role: "primary", timeline: 1, log: undefined, follows: undefined, quorum: undefined }
}

function isBeginning(log: Log | undefined, of: Log | undefined): boolean {
  if (log === undefined) return true
  let at = of
  while (at !== undefined && at.length > log.length) at = at.before
  return at === log
}
