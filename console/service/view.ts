import type { EventView, InstanceSample, InstanceView, Sample, StateView } from "banyan/admin"

export type NumberedEvent = { readonly seq: number; readonly event: EventView }

/** Somebody who is no longer there, shown for a moment so that one sees who went and why. */
export type Ghost = { readonly instance: InstanceView; readonly reason: string; readonly at: number }

/** What the console knows of the service. A value: each event makes the next one. */
export type View = {
  readonly state: StateView
  /** The newest sample of each instance. */
  readonly instances: Readonly<Record<string, InstanceSample>>
  /** Requests a second of each instance in the last minute, oldest first. */
  readonly trails: Readonly<Record<string, readonly number[]>>
  readonly samples: readonly Sample[]
  readonly ghosts: readonly Ghost[]
  /** What was failed already when this page was opened. */
  readonly failedBefore: number
}

export const ghostMs = 6_000
const trailLength = 60
/** As many as the API keeps. */
const mostSamples = 4_000

export function firstView(state: StateView, samples: readonly Sample[]): View {
  return { state, instances: {}, trails: {}, samples, ghosts: [], failedBefore: failedOf(state) }
}

/** A state as it was read, and what was heard lately: events that came while it was on its way are younger. */
export function caughtUp(read: StateView, heard: readonly NumberedEvent[]): StateView {
  const younger = heard.filter(({ seq }) => seq > (read.seq ?? 0))
  return younger.reduce((state, { event }) => withEvent(firstView(state, []), event).view.state, read)
}

/** The whole state was read anew. */
export function withState(view: View, state: StateView): View {
  const gone = view.state.instances.filter(old => !state.instances.some(({ id }) => id === old.id))
  const ghosts = gone
    .filter(({ id }) => !view.ghosts.some(ghost => ghost.instance.id === id))
    .map(instance => ({ instance, reason: `${instance.id} is gone`, at: Date.now() }))
  // A supervisor that has just started counts anew.
  const failedBefore = Math.min(view.failedBefore, failedOf(state))
  return { ...view, state, failedBefore, ghosts: [...view.ghosts, ...ghosts] }
}

/** What was sampled was read anew; what that no longer holds, or not yet, stays. */
export function withSamples(view: View, read: readonly Sample[]): View {
  const [first, last] = [read[0], read.at(-1)]
  if (first === undefined || last === undefined) return view
  const before = view.samples.filter(({ at }) => at < first.at)
  return { ...view, samples: [...before, ...read, ...view.samples.filter(({ at }) => at > last.at)] }
}

/** `needsState`: this event says that something changed of which only the whole state tells. */
export function withEvent(view: View, event: EventView): { view: View; needsState: boolean } {
  switch (event.type) {
    case "instance":
      return { view: withInstance(view, event.instance), needsState: false }
    case "gone":
      return { view: withGone(view, event.id, event.reason, event.at), needsState: true }
    case "plan": {
      const isOver = event.plan.finishedAtMs !== undefined
      const plans = isOver ? { plan: null, lastPlan: event.plan } : { plan: event.plan }
      return { view: { ...view, state: { ...view.state, ...plans } }, needsState: true }
    }
    case "traffic":
      return { view: { ...view, state: { ...view.state, traffic: event.traffic } }, needsState: false }
    case "sample":
      return { view: withSample(view, event), needsState: false }
    case "certificate-order":
      return { view: { ...view, state: { ...view.state, certificateOrder: event.order } }, needsState: false }
    case "databases":
      return { view: { ...view, state: { ...view.state, databases: event.databases } }, needsState: false }
    case "fault":
    case "load":
      return { view, needsState: false }
    default:
      return { view, needsState: true }
  }
}

/** Of everybody, front doors that have gone included. */
export function failedOf({ totals }: Pick<StateView, "totals">): number {
  return (totals.answers["5xx"] ?? 0) + totals.aborted
}

function withInstance(view: View, instance: InstanceView): View {
  const known = view.state.instances
  const at = known.findIndex(({ id }) => id === instance.id)
  const instances = at === -1 ? [...known, instance] : known.with(at, instance)
  const ghosts = view.ghosts.some(({ instance: { id } }) => id === instance.id && at === -1)
    ? view.ghosts.filter(({ instance: { id } }) => id !== instance.id)
    : view.ghosts
  return { ...view, ghosts, state: { ...view.state, instances } }
}

function withGone(view: View, id: string, reason: string, at: number): View {
  const instance = view.state.instances.find(each => each.id === id)
  if (instance === undefined) return view
  const ghosts = [...view.ghosts.filter(ghost => ghost.instance.id !== id), { instance, reason, at }]
  const instances = view.state.instances.filter(each => each.id !== id)
  return { ...view, ghosts, state: { ...view.state, instances } }
}

function withSample(view: View, event: EventView & { type: "sample" }): View {
  const trails = Object.fromEntries(
    Object.entries(event.instances).map(([id, { requestsPerSecond }]) => [
      id,
      [...(view.trails[id] ?? []), requestsPerSecond].slice(-trailLength),
    ]),
  )
  const kept = view.samples.length > mostSamples * 1.1 ? view.samples.slice(-mostSamples) : view.samples
  return {
    ...view,
    trails,
    instances: event.instances,
    samples: [...kept, event.sample],
    ghosts: view.ghosts.some(({ at }) => event.at - at > ghostMs)
      ? view.ghosts.filter(({ at }) => event.at - at <= ghostMs)
      : view.ghosts,
    state: { ...view.state, totals: event.totals },
  }
}
