import type { LoadView } from "banyan/admin"
import { Store } from "../service/store.ts"

/** A slider that is being moved is not told at every place. */
const settleMs = 300

export type LoadCalls = {
  readonly start: (rps: number) => Promise<LoadView>
  readonly stop: () => Promise<LoadView>
}

export type LoadShown = {
  readonly load?: LoadView
  /** Chosen here, and not yet what the service goes by. */
  readonly chosen?: number
  readonly error?: unknown
}

/**
 * The load as the service tells it, and what is wanted of it here. It is asked for one after the other: of two requests on
 * the way at once the earlier could come last, and its rate would stay.
 */
export class LoadChoice extends Store<LoadShown> {
  readonly #calls: LoadCalls
  #asking: Promise<void> = Promise.resolve()
  /** Asked for and not answered. */
  #open = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(calls: LoadCalls) {
    super({})
    this.#calls = calls
  }

  /** The service told it. Its rate takes the place of a choice only where it is news: another tab has chosen since. */
  hear(load: LoadView): void {
    const { chosen, ...shown } = this.get()
    const isNews = load.rps !== shown.load?.rps
    const stays = chosen !== undefined && (this.#isAsking || !isNews)
    this.set({ ...shown, load, ...(stays && { chosen }) })
  }

  /** The slider was moved. What goes on is told once it rests. */
  choose(rps: number): void {
    this.#rest()
    this.set({ ...this.get(), chosen: rps })
    if (isOn(this.get())) this.#timer = setTimeout(() => this.start(rps), settleMs)
  }

  start(rps: number): void {
    this.#ask(() => this.#calls.start(rps))
  }

  stop(): void {
    this.#ask(() => this.#calls.stop())
  }

  get #isAsking(): boolean {
    return this.#open > 0 || this.#timer !== undefined
  }

  /** A place that was not told yet is told no more: else it would start again what was just ended. */
  #rest(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #ask(call: () => Promise<LoadView>): void {
    this.#rest()
    this.#open++
    this.#asking = this.#asking.then(call).then(
      ({ rps }) => this.#answered(rps),
      error => this.#answered(undefined, { error }),
    )
  }

  /**
   * Of an answer its rate alone is taken: an event that came before it, such as the end of the load, is younger. Refused, the
   * slider goes back to what the service goes by.
   */
  #answered(rps: number | undefined, refused: Pick<LoadShown, "error"> = {}): void {
    this.#open--
    const { load, chosen } = this.get()
    const stays = this.#isAsking && chosen !== undefined
    this.set({
      ...(load && { load: { ...load, rps: rps ?? load.rps } }),
      ...(stays && { chosen }),
      ...refused,
    })
  }
}

export function isOn({ load }: LoadShown): boolean {
  return load !== undefined && load.state !== "off"
}
