import type { DatabaseSettings } from "../drivers/database-acts.ts"
import type { Driver } from "../drivers/driver.ts"
import type { Clock } from "../kit/clock.ts"
import type { BanyanError } from "../kit/errors.ts"
import type { Random } from "../kit/random.ts"
import type { Log } from "../telemetry/log.ts"
import type { Ladder } from "../topology/stages.ts"
import type {
  CertificateOrderView,
  Change,
  HistoryView,
  LadderView,
  PlanView,
  Preview,
  StateView,
  TimelineView,
} from "../wire/admin.ts"
import type { Report } from "../wire/report.ts"
import type { CertificateAuthority } from "./certificates/certificate-authority.ts"
import type { OrderHistoryStore } from "./certificates/order-history.ts"
import type { EventLog } from "./event-log.ts"
import type { FreezeStore } from "./faults/freeze-store.ts"
import type { Journal } from "./journal/journal.ts"
import type { Counters } from "./observe/counters.ts"
import type { OpenLinks } from "./observe/link-desk.ts"
import type { MemoryLimits } from "./observe/memory-watch.ts"
import type { TopologySource } from "./overrides.ts"
import type { KeptRequests } from "./requests/kept-requests.ts"

export type ControlSettings = {
  readonly service: StateView["service"]
  /** Version of the app that instances are started with. */
  readonly version: string
  readonly drainTimeoutMs: number
  /** Where grow and shrink lead; the stages of an app when left out. */
  readonly ladder?: Ladder
  /** Time after `drainTimeoutMs` in which a draining instance may still say that it has finished. Default 5 s. */
  readonly drainGraceMs?: number
  /** How long a start, a route or an opening may take before it has failed. */
  readonly readyTimeoutMs: number
  /** How long an instance may be silent before it is taken for hung and killed. */
  readonly hungAfterMs: number
  /** The same of a primary that has replicas: then one of them takes its place. */
  readonly databaseHungAfterMs?: number
  /** What an instance of each group may use; over it for some seconds it is replaced. */
  readonly memoryLimits?: MemoryLimits
  /** That all processes together may have to one database server. Absent: nobody counts them. */
  readonly maxDatabaseConnections?: number
  /** How long living instances may take to say hello to a control plane that has just started. Default 1.5 s. */
  readonly helloTimeoutMs?: number
}

export type ControlOptions = {
  readonly driver: Driver
  readonly journal: Journal
  readonly topologySource: TopologySource
  readonly settings: ControlSettings
  readonly clock: Clock
  readonly log: Log
  /** A certificate that is ordered by itself; left out: none is. */
  readonly certificate?: {
    readonly authority: CertificateAuthority
    readonly history: OrderHistoryStore
    readonly random: Random
  }
  /** Who stands still, kept for the next control plane. Left out: this one alone knows. */
  readonly freezes?: FreezeStore
  /** What a copy of the database would need on this disk, and what is free. Left out: nobody looks. */
  readonly roomForDatabase?: (
    primary: string,
  ) => Promise<{ readonly neededBytes: number; readonly freeBytes: number }>
  /** What the configuration says of the databases' settings. Left out: they stay as they were at the start. */
  readonly databaseSettings?: {
    /** Undefined: what was taken last. */
    changed(): Promise<DatabaseSettings | undefined>
    /** Whatever starts from now on is told these. */
    taken(settings: DatabaseSettings): void
  }
  /** Where instances link to; left out: the Unix socket `paths.controlSocket`. */
  readonly openLinks?: OpenLinks
  /** The last words in the log of an instance that does not report; for people. */
  readonly lastLogLines?: (id: string) => string | undefined
  /** How many lines of errors the log of an instance was given in the last minute; left out: nobody counts. For people. */
  readonly errorsLastMinute?: (id: string) => number
  /** Seconds of CPU used so far, of those pids somebody can tell of; left out: of nobody. For people. */
  readonly cpuSeconds?: (pids: ReadonlyMap<string, number>) => ReadonlyMap<string, number>
  readonly paths: {
    /** The Unix socket instances link to; relative to the working directory. */
    readonly controlSocket: string
    /** Folder of the instances' logs, for words only. */
    readonly logs: string
    /** The journal's, for words only. */
    readonly journal: string
  }
}

/** The control plane. Made by `createControl` in create-control.ts. */
export interface Control {
  /** Takes over: reads the journal, fences older control planes, adopts what runs, finishes what was begun. */
  start(): Promise<void>
  /** Waits until it has taken over; false when that takes longer. Before it, changes throw BN1308 and the state is empty. */
  ready(timeoutMs: number): Promise<boolean>
  /** Begins a change and returns its plan at once, or undefined when there is nothing to do. Throws BN1301-BN1305, BN1307, BN1306, BN1352, BN1354, BN1355. */
  change(change: Change): Promise<PlanView | undefined>
  /** The plan such a change, or a death, would begin with (without phases when there is nothing to do); nothing happens. */
  preview(change: Preview): Promise<PlanView>
  /** Takes everything down in order. The plan ends when nothing runs; the topology is kept for the next start. */
  down(options?: { drainTimeoutMs?: number }): Promise<PlanView>
  /** The running plan or one of the last ones. */
  plan(id: string): PlanView | undefined
  state(): StateView
  /** Where grow, shrink and scale can lead. */
  ladder(): LadderView
  /** What happened since then. */
  timeline(): TimelineView
  /** What the charts show of the time since this control plane started. */
  history(): HistoryView
  /** The slowest and the failed requests of the last minutes. */
  readonly requests: KeptRequests
  /** Newest report of each linked instance. */
  reports(): readonly Report[]
  /** What was counted under each id, by processes that live and that have gone, since this control plane started. */
  totals(): ReadonlyMap<string, Counters>
  readonly events: EventLog
  /** Orders the certificate anew, now. Throws BN1308, BN1340 where none is ordered here, BN1341. */
  renewCertificate(): CertificateOrderView
  /** Sends a signal to an instance (fault injection). Throws BN1306. */
  kill(id: string, signal: NodeJS.Signals): Promise<void>
  /** Makes an instance stand still for that long; resolves with the end. Throws BN1306. */
  freeze(id: string, forMs: number): Promise<number>
  /** Lets it go on before that. Throws BN1306, BN1356. */
  thaw(id: string): Promise<void>
  /** Resolves with the reason when this control plane may act no more (a newer one has taken over). */
  readonly deposed: Promise<BanyanError>
  /** Stops acting at once and closes its links. What runs keeps running. */
  stop(): Promise<void>
}
