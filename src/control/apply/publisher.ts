import type { Epoch } from "../../wire/epoch.ts"
import type { ServiceMap } from "../../wire/map.ts"
import type { JournalWriter } from "../journal/journal-writer.ts"
import type { Step } from "../plan/steps.ts"
import { editMap, type MapContext } from "./edit-map.ts"

export type PublisherOptions = {
  readonly journal: JournalWriter
  readonly context: () => MapContext
  readonly current: () => ServiceMap
  /** Gives the new map to the world and to every link; called when it is in the journal. */
  readonly send: (map: ServiceMap) => void
}

/** Turns steps into maps: those asked for side by side become one map, each map has a newer epoch, journal first. */
export class Publisher {
  readonly #options: PublisherOptions
  #waiting: Array<{ step: Step; done: PromiseWithResolvers<void> }> = []
  #serial: Promise<void> = Promise.resolve()

  constructor(options: PublisherOptions) {
    this.#options = options
  }

  /** Resolves when a map with this step in it is in the journal and on its way. */
  publish(step: Step): Promise<void> {
    const done = Promise.withResolvers<void>()
    this.#waiting.push({ step, done })
    // Not before the current turn of the event loop is over: steps launched together get into one map.
    if (this.#waiting.length === 1) setImmediate(() => this.#inTurn(() => this.#flush()))
    return done.promise
  }

  /** A map as the first of a term: how a control plane introduces itself. */
  republish(term: number, map: () => ServiceMap): Promise<void> {
    return this.#inTurn(() => this.#publishAs({ term, counter: 1 }, map()))
  }

  /** A map that differs in something no step is about. Resolves when it is in the journal and on its way. */
  amend(edit: (map: ServiceMap) => ServiceMap): Promise<void> {
    return this.#inTurn(() => this.#publishNext(edit))
  }

  #inTurn(act: () => Promise<void>): Promise<void> {
    const acted = this.#serial.then(act)
    this.#serial = acted.catch(() => {})
    return acted
  }

  async #flush(): Promise<void> {
    const batch = this.#waiting
    this.#waiting = []
    try {
      const steps = batch.map(each => each.step)
      await this.#publishNext(map => editMap(map, steps, this.#options.context()))
      for (const { done } of batch) done.resolve()
    } catch (error) {
      for (const { done } of batch) done.reject(error)
    }
  }

  #publishNext(edit: (map: ServiceMap) => ServiceMap): Promise<void> {
    const map = this.#options.current()
    const { term, counter } = map.epoch
    return this.#publishAs({ term, counter: counter + 1 }, edit(map))
  }

  async #publishAs(epoch: Epoch, map: ServiceMap): Promise<void> {
    const next = { ...map, epoch }
    await this.#options.journal.append({ type: "map", epoch, map: next })
    this.#options.send(next)
  }
}
