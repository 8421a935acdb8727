import type { Driver } from "../../drivers/driver.ts"
import type { Clock } from "../../kit/clock.ts"
import { beatMs } from "../../kit/silence.ts"
import type { StateView } from "../../wire/admin.ts"
import type { Epoch } from "../../wire/epoch.ts"
import type { ServiceMap } from "../../wire/map.ts"
import { CounterLedger } from "./counter-ledger.ts"
import { believes } from "./hello-check.ts"
import type { Bounds } from "./instance-life.ts"
import type { Links, OpenLinks } from "./link-desk.ts"
import { TraceCollector } from "./trace-collector.ts"
import { latencyOf, ratesOf } from "./traffic.ts"
import { World } from "./world.ts"

export type ObserverOptions = {
  readonly driver: Driver
  readonly clock: Clock
  readonly openLinks: OpenLinks
  readonly bounds: Bounds
  /** A process has accepted a map of this epoch in its life. */
  readonly onEpoch: (epoch: Epoch) => void
  readonly log: { warn(details: object, message: string): void }
}

/** How often the driver is asked what memory everybody uses: about as often as it looks itself. */
const memoryEveryBeats = 2

/** Everything that comes in: links and driver events, led into one world. */
export class Observer {
  readonly world: World
  readonly #links: Links
  readonly ledger = new CounterLedger()
  readonly traces: TraceCollector
  readonly #driver: Driver
  readonly #clock: Clock
  readonly #sinceMs: number
  #introduced = false
  #beats = 0
  #unsubscribe = () => {}
  #cancelBeat = () => {}
  #cancelWatch = () => {}

  constructor({ driver, clock, openLinks, bounds, onEpoch, log }: ObserverOptions) {
    this.#driver = driver
    this.#clock = clock
    this.#sinceMs = clock.monotonicMs()
    this.world = new World(driver, clock, bounds)
    this.traces = new TraceCollector(clock, asked => this.#links.askForTraces(asked))
    this.#links = openLinks({
      verify: hello => believes(this.world, hello),
      onHello: hello => {
        this.world.hello(hello)
        this.ledger.met(hello.id, hello.pid)
        onEpoch(hello.epoch)
      },
      onReport: report => {
        this.ledger.heard(report, clock.monotonicMs())
        this.world.report(report)
      },
      onTraces: (id, asked, parts) => this.traces.heard(id, asked, parts),
      onEnd: id => {
        this.traces.gone(id)
        this.world.linkEnded(id)
        // The end of a link is often the first sign of a death.
        this.#refresh()
      },
      // Until this control plane has a term, it tells nobody anything.
      map: () => (this.#introduced ? this.world.map : undefined),
      log,
    })
  }

  async start(): Promise<void> {
    this.#unsubscribe = this.#driver.subscribe(event => {
      if (event.type === "progress") this.world.progress(event.id, event.words)
      else this.#refresh()
    })
    await this.#links.listen()
    this.#beat()
    this.#watchDatabases()
  }

  /** Takes the place where processes link to back, if another control plane took it and failed to take over. */
  keepPlace(): Promise<void> {
    return this.#links.listen()
  }

  /** A new map: what the world is measured by from now on, and what every process is told. */
  publish(map: ServiceMap): void {
    this.#introduced = true
    this.world.follow(map)
    this.#links.publish(map)
  }

  traffic(): StateView["traffic"] {
    const rates = ratesOf(this.ledger, this.#sinceMs, this.#clock.monotonicMs())
    return { ...rates, latencyMs: latencyOf(this.world.reports()) }
  }

  async close(): Promise<void> {
    this.#unsubscribe()
    this.#cancelBeat()
    this.#cancelWatch()
    await this.#links.close()
  }

  #beat(): void {
    this.#cancelBeat = this.#clock.after(beatMs, () => {
      this.#beat()
      // Before anybody is believed to hang, the driver is asked whether it hears more.
      const mayHang = this.world.beat()
      if (mayHang || ++this.#beats % memoryEveryBeats === 0) this.#refresh()
    })
  }

  /** A primary that hangs is found in time, and a replica that was lost for long: nothing else tells of these. */
  #watchDatabases(): void {
    this.#cancelWatch = this.#clock.after(this.world.databases.hungAfterMs / 2, () => {
      this.#watchDatabases()
      if ((this.world.map?.databases.length ?? 0) > 1) this.#refresh()
    })
  }

  #refresh(): void {
    // A driver that lost its agent cannot answer; it tells when it is back.
    this.world.refresh().catch(() => {})
  }
}
