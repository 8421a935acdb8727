import { compareEpochs, type Epoch, zeroEpoch } from "../../wire/epoch.ts"
import type { ServiceMap } from "../../wire/map.ts"
import type { Report } from "../../wire/report.ts"

/**
 * Which entries of the map have taken effect. An entry counts from the epoch that last changed it; once a report has
 * confirmed it, it stays confirmed until it changes again (a later map, or a sick moment of a backend, takes nothing back).
 */
export class Acknowledgements {
  #map: ServiceMap | undefined
  #changed = new Map<string, Epoch>()
  #confirmed = new Set<string>()

  follow(map: ServiceMap): void {
    const before = new Map(this.#map === undefined ? [] : entriesOf(this.#map))
    const changed = new Map<string, Epoch>()
    for (const [key, state] of entriesOf(map)) {
      const same = before.get(key) === state
      changed.set(key, same ? (this.#changed.get(key) ?? map.epoch) : map.epoch)
      if (!same) this.#confirmed.delete(key)
    }
    for (const key of this.#confirmed) if (!changed.has(key)) this.#confirmed.delete(key)
    this.#map = map
    this.#changed = changed
  }

  front(id: string): boolean {
    return this.#confirmed.has(`front ${id}`)
  }

  backend(id: string): boolean {
    return this.#confirmed.has(`backend ${id}`)
  }

  /**
   * Confirms what the newest reports confirm. `frontReports`: one for each living front door that is open or could be;
   * undefined for an open one that cannot be asked just now, which confirms nothing about backends.
   */
  weigh(reportOf: (id: string) => Report | undefined, frontReports: readonly (Report | undefined)[]): void {
    for (const front of this.#map?.fronts ?? []) {
      const report = this.#seen(`front ${front.id}`, reportOf(front.id))
      const state = report?.front?.state
      if (state === undefined) continue
      const there = front.state === "open" ? state === "open" : state === "drained" || state === "closed"
      if (there) this.#confirmed.add(`front ${front.id}`)
    }
    for (const backend of this.#map?.backends ?? []) {
      const key = `backend ${backend.id}`
      const everyFront = frontReports.every(report => {
        const seen = this.#seen(key, report)?.front
        return seen !== undefined && frontAgrees(seen, backend)
      })
      if (!everyFront) continue
      // A program says nothing: it is drained when no front door has anything left with it.
      const isReached = backend.state === "active" || backend.program !== undefined
      if (isReached || this.#seen(key, reportOf(backend.id))?.web?.state === "drained")
        this.#confirmed.add(key)
    }
  }

  /** The report, if it was made with the entry's newest state in force. */
  #seen(key: string, report: Report | undefined): Report | undefined {
    const since = this.#changed.get(key) ?? zeroEpoch
    return report !== undefined && compareEpochs(report.epoch, since) >= 0 ? report : undefined
  }
}

/** An open front door has seen an active backend healthy; no front door has anything left with a draining one. */
function frontAgrees(front: NonNullable<Report["front"]>, backend: { id: string; state: string }): boolean {
  const view = front.backends.find(each => each.id === backend.id)
  if (backend.state === "draining") return (view?.outstanding ?? 0) === 0
  return front.state !== "open" || view?.healthy === true
}

function entriesOf(map: ServiceMap): Array<[string, string]> {
  return [
    ...map.fronts.map(front => [`front ${front.id}`, front.state] as [string, string]),
    ...map.backends.map(each => [`backend ${each.id}`, JSON.stringify(each)] as [string, string]),
  ]
}
