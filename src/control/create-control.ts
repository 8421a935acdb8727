import type { BanyanError } from "../kit/errors.ts"
import type { InstanceId, StageName } from "../topology/topology.ts"
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
import { compareEpochs, type Epoch, zeroEpoch } from "../wire/epoch.ts"
import type { ServiceMap } from "../wire/map.ts"
import type { Report } from "../wire/report.ts"
import { Announcer } from "./announcer.ts"
import { withoutPause } from "./apply/edit-databases.ts"
import { openFrontsOf } from "./apply/edit-map.ts"
import { untilWorld } from "./apply/wait.ts"
import { CertificateKeeper } from "./certificates/certificate-keeper.ts"
import type { Control, ControlOptions } from "./control.ts"
import { controlError } from "./control-errors.ts"
import { EventLog } from "./event-log.ts"
import { memoryFreezes } from "./faults/freeze-store.ts"
import { Freezes } from "./faults/freezes.ts"
import { Recorder } from "./history/recorder.ts"
import { Story } from "./history/story.ts"
import type { Look } from "./history/take-sample.ts"
import { livingInstance } from "./instance-wish.ts"
import { type Measured, measure, viewLadder } from "./ladder-view.ts"
import type { Counters } from "./observe/counters.ts"
import { LinkServer } from "./observe/link-server.ts"
import { Observer } from "./observe/observer.ts"
import { primaryIdOf, recoverMap, withDatabasesOf } from "./observe/recover-map.ts"
import { withOverrides } from "./overrides.ts"
import { Reign } from "./reign.ts"
import { KeptRequests } from "./requests/kept-requests.ts"
import { viewInstances, viewState, viewTotals } from "./state-view.ts"
import { takeOver } from "./take-over.ts"
import { ladderFor, onLadder } from "./topology-change.ts"

const keptPlans = 50

export function createControl(options: ControlOptions): Control {
  return new ControlPlane(options)
}

class ControlPlane implements Control {
  readonly events: EventLog
  readonly requests: KeptRequests
  readonly #options: ControlOptions
  readonly #observer: Observer
  readonly #announcer: Announcer
  readonly #recorder: Recorder
  readonly #story: Story
  readonly #freezes: Freezes
  readonly #deposed = Promise.withResolvers<BanyanError>()
  readonly #inOfficeSince = Promise.withResolvers<void>()
  readonly #plans = new Map<string, PlanView>()
  readonly #measured = new Map<StageName, Measured>()
  readonly #startedAtMs: number
  readonly #unsubscribe: Array<() => void> = []
  #reign: Reign | undefined
  #certificates: CertificateKeeper | undefined
  /** Nobody is let in before what an earlier control plane left unfinished is on its way again. */
  #inOffice = false

  constructor(options: ControlOptions) {
    const { driver, clock, log, paths } = options
    this.#options = options
    this.#startedAtMs = clock.nowMs()
    // Starting from the clock keeps the numbers of an earlier supervisor's events below these.
    this.events = new EventLog({ firstSeq: clock.nowMs() })
    const openLinks = options.openLinks ?? (events => new LinkServer(paths.controlSocket, events))
    const onEpoch = (epoch: Epoch) => void this.#reign?.outdo(epoch)
    this.#observer = new Observer({ driver, clock, openLinks, bounds: options.settings, onEpoch, log })
    this.requests = new KeptRequests(this.#observer.traces)
    const { world } = this.#observer
    const { errorsLastMinute } = options
    if (errorsLastMinute !== undefined) world.marks = { ...world.marks, errorsLastMinute }
    this.#announcer = new Announcer(world, this.events, clock, () => this.#observer.traffic())
    this.#story = new Story(this.events, clock.nowMs())
    this.#recorder = new Recorder(clock, this.events, this.#observer.ledger, () => this.#look())
    this.#unsubscribe.push(world.onChange(() => this.#announcer.nudge()))
    const { freezes: store = memoryFreezes() } = options
    const signal = (id: InstanceId, name: NodeJS.Signals) => this.#signal(id, name)
    this.#freezes = new Freezes({ clock, log, store, world, events: this.events, signal })
    this.#unsubscribe.push(
      this.events.subscribe(({ event }) => event.type === "fault" && this.#announcer.nudge()),
    )
  }

  get deposed(): Promise<BanyanError> {
    return this.#deposed.promise
  }

  async start(): Promise<void> {
    const { clock, log, settings, topologySource, paths } = this.#options
    const { world } = this.#observer
    await this.#observer.start()
    const takenOver = await takeOver(this.#options, world)
    const { term, state } = takenOver
    log.info({ term, journal: paths.journal }, "control plane in office")
    // Whoever followed a plan of the last control plane goes on following it here.
    for (const known of [state.lastPlan, state.unfinished?.start.plan])
      if (known) this.#plans.set(known.id, known)
    const said = withOverrides(await topologySource.base(), await topologySource.overrides.read())
    const wished = onLadder(said, ladderFor(settings.ladder, this.#options.driver))
    const anyAlive = world.instances().some(instance => instance.state !== "exited")
    const { promotions } = takenOver
    world.databases.hint = primaryIdOf(world.instances(), promotions)
    const recovered = () => {
      const { drainTimeoutMs } = settings
      const map = recoverMap(world.instances(), world.reports(), wished.stage, { promotions, drainTimeoutMs })
      // Roles outlive every process: they lie in the data folders.
      return state.map !== undefined && wished.instances.postgres > 0 ? withDatabasesOf(map, state.map) : map
    }
    const reign = new Reign({
      control: this.#options,
      world,
      takenOver,
      wished,
      send: map => this.#send(map),
      onPlan: view => this.#planMoved(view),
      onDeposed: error => this.#depose(error),
      keepPlace: () => this.#observer.keepPlace(),
    })
    // Whoever paused writes is not there any more to end it.
    await reign.introduce(withoutPause((anyAlive ? state.map : undefined) ?? recovered()))
    // Everybody confirms the map it already has, so that nothing is mistaken for unfinished.
    const confirmed = () => world.reports().every(report => compareEpochs(report.epoch, reign.epoch) >= 0)
    await untilWorld(world, clock, confirmed, { timeoutMs: settings.helloTimeoutMs ?? 1_500 })
    this.#reign = reign
    // A `down` that ended because the machine did is over: whoever starts Banyan again wants it up.
    if (state.unfinished !== undefined && (anyAlive || state.unfinished.start.kind !== "down"))
      await reign.resume(state.unfinished)
    this.#inOffice = true
    this.#inOfficeSince.resolve()
    this.#freezes.resume()
    for (const hello of world.hellos()) void reign.outdo(hello.epoch)
    // Not earlier: a repair that began before would take the unfinished plan's place in the journal.
    this.#unsubscribe.push(world.onChange(() => reign.loop.wake()))
    reign.loop.wake()
    reign.watchOffice()
    this.#keepCertificate(reign)
  }

  async ready(timeoutMs: number): Promise<boolean> {
    const late = Promise.withResolvers<void>()
    const cancel = this.#options.clock.after(timeoutMs, late.resolve)
    await Promise.race([this.#inOfficeSince.promise, late.promise])
    cancel()
    return this.#inOffice
  }

  async change(change: Change): Promise<PlanView | undefined> {
    return this.#reigning().change(change)
  }

  async preview(change: Preview): Promise<PlanView> {
    return this.#reigning().preview(change)
  }

  async down(options: { drainTimeoutMs?: number } = {}): Promise<PlanView> {
    return this.#reigning().down(options.drainTimeoutMs)
  }

  plan(id: string): PlanView | undefined {
    return this.#plans.get(id)
  }

  reports(): readonly Report[] {
    return this.#observer.world.reports()
  }

  totals(): ReadonlyMap<string, Counters> {
    return this.#observer.ledger.totals()
  }

  state(): StateView {
    const { world } = this.#observer
    const trouble = this.#reign?.trouble
    const order = this.#certificates?.view
    return viewState(world, this.#reign?.loop, {
      seq: this.events.lastSeq,
      epoch: world.map?.epoch ?? zeroEpoch,
      service: this.#options.settings.service,
      supervisor: { pid: process.pid, startedAtMs: this.#startedAtMs },
      traffic: this.#observer.traffic(),
      totals: viewTotals(this.totals()),
      ...(order && { certificateOrder: order }),
      ...(trouble && { trouble: { code: trouble.code, message: trouble.message, todo: trouble.todo } }),
    })
  }

  ladder(): LadderView {
    const { driver, settings } = this.#options
    return viewLadder(ladderFor(settings.ladder, driver), this.#measured)
  }

  timeline(): TimelineView {
    return this.#story.view()
  }

  history(): HistoryView {
    return this.#recorder.view()
  }

  async kill(id: string, signal: NodeJS.Signals): Promise<void> {
    const instance = livingInstance(this.#observer.world, id)
    this.#options.log.info({ instance: id, signal }, "signal sent on request")
    await this.#freezes.release(id)
    await this.#signal(instance.id, signal)
  }

  async freeze(id: string, forMs: number): Promise<number> {
    return this.#freezes.freeze(id, forMs)
  }

  async thaw(id: string): Promise<void> {
    livingInstance(this.#observer.world, id)
    await this.#freezes.thaw(id)
  }

  #signal(id: InstanceId, signal: NodeJS.Signals): Promise<void> {
    return this.#options.driver.signal(id, signal, this.#reigning().epoch)
  }

  renewCertificate(): CertificateOrderView {
    this.#reigning()
    if (this.#certificates === undefined) throw controlError("BN1340")
    return this.#certificates.renew()
  }

  async stop(): Promise<void> {
    this.#certificates?.stop()
    for (const unsubscribe of this.#unsubscribe) unsubscribe()
    this.#announcer.close()
    this.#recorder.close()
    this.#story.close()
    this.#freezes.close()
    this.#reign?.end()
    await this.#observer.close()
  }

  #look(): Look {
    const instances = viewInstances(this.#observer.world)
    const loop = this.#reign?.loop
    const measured = loop?.settled ? measure(instances, this.#options.clock.nowMs()) : undefined
    if (loop && measured) this.#measured.set(loop.desired.stage, measured)
    const pids = new Map(instances.flatMap(({ id, pid }) => (pid === undefined ? [] : [[id, pid] as const])))
    return {
      atMs: this.#options.clock.nowMs(),
      momentMs: this.#options.clock.monotonicMs(),
      traffic: this.#observer.traffic(),
      instances,
      cpuSeconds: this.#options.cpuSeconds?.(pids) ?? new Map(),
    }
  }

  #reigning(): Reign {
    if (this.#reign === undefined || !this.#inOffice) throw controlError("BN1308")
    return this.#reign
  }

  #keepCertificate(reign: Reign): void {
    const { certificate, clock, log } = this.#options
    const { world } = this.#observer
    if (certificate === undefined) return
    this.#certificates = new CertificateKeeper({
      ...certificate,
      clock,
      log,
      publish: challenges => reign.publishChallenges(challenges),
      canAnswer: () => openFrontsOf(world.map).length > 0,
      onChange: order => this.events.append({ type: "certificate-order", at: clock.nowMs(), order }),
    })
    void this.#certificates.start()
  }

  #depose(error: BanyanError): void {
    this.#certificates?.stop()
    this.#options.log.error({ err: error }, error.message)
    this.#deposed.resolve(error)
  }

  #planMoved(view: PlanView): void {
    this.#plans.delete(view.id)
    this.#plans.set(view.id, view)
    for (const id of this.#plans.keys()) if (this.#plans.size > keptPlans) this.#plans.delete(id)
    this.events.append({ type: "plan", at: this.#options.clock.nowMs(), plan: view })
  }

  #send(map: ServiceMap): void {
    this.#observer.publish(map)
    this.events.append({ type: "map", at: this.#options.clock.nowMs(), epoch: map.epoch })
  }
}
