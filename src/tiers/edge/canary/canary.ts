import type { RequestHead } from "../../../http1/index.ts"
import { type Random, randomInt } from "../../../kit/random.ts"
import type { Backend, ServiceMap } from "../../../wire/map.ts"
import type { CanaryReport, TrackReport } from "../../../wire/report.ts"
import { PlaceDealer, placeCount, placeOf, type Track, trackAt } from "./place.ts"
import { cookieOf, keptPlace } from "./place-cookie.ts"

/** Where one request belongs. */
export type Seat = {
  readonly track: Track
  /** Of the canary it was given under: of a later one it says nothing. */
  readonly version: string
  /** A place its client does not have yet: to be kept in a cookie. */
  readonly newPlace: number | undefined
}

type Counts = { -readonly [Key in keyof TrackReport]: TrackReport[Key] } & { answers: Record<string, number> }

/** The canary of the map, if there is one: who is sent to it, and how it did compared with the others. */
export class Canary {
  readonly #dealer: PlaceDealer
  #wanted: ServiceMap["canary"]
  #arcStart = 0
  #counts = newCounts()

  constructor(random: Random) {
    this.#dealer = new PlaceDealer(randomInt(random, placeCount))
  }

  follow({ canary }: ServiceMap): void {
    if (canary?.version !== this.#wanted?.version) this.#counts = newCounts()
    this.#wanted = canary
    this.#arcStart = canary === undefined ? 0 : placeOf(canary.version)
  }

  /** Undefined while there is no canary. */
  seat(head: RequestHead): Seat | undefined {
    const canary = this.#wanted
    if (canary === undefined) return undefined
    const user = canary.cookie === undefined ? undefined : cookieOf(head, canary.cookie)
    const known = user === undefined || user === "" ? keptPlace(head) : placeOf(user)
    const place = known ?? this.#dealer.deal()
    const track = trackAt(place, { start: this.#arcStart, weight: canary.weight })
    this.#counts[track].requests++
    return { track, version: canary.version, newPlace: known === undefined ? place : undefined }
  }

  /** Undefined while there is no canary. */
  trackOf({ version }: Pick<Backend, "version">): Track | undefined {
    if (this.#wanted === undefined) return undefined
    return version === this.#wanted.version ? "canary" : "baseline"
  }

  /** An attempt came to nothing, and another one follows: its client sees nothing of it, whoever judges should. */
  retried(seat: Seat, backend: Pick<Backend, "version">): void {
    const counts = this.#countsOf(seat, backend)
    if (counts !== undefined) counts.retries++
  }

  /** A request is over. `backend`: that of its last attempt. */
  settled(
    seat: Seat,
    how: {
      readonly backend: Pick<Backend, "version">
      readonly kind: string
      readonly aborted: boolean
    },
  ): void {
    const counts = this.#countsOf(seat, how.backend)
    if (counts === undefined) return
    if (this.trackOf(how.backend) !== seat.track) counts.takenOver++
    if (how.aborted) counts.aborted++
    else counts.answers[how.kind] = (counts.answers[how.kind] ?? 0) + 1
  }

  report(): CanaryReport | undefined {
    if (this.#wanted === undefined) return undefined
    const { canary, baseline } = this.#counts
    const copy = (counts: Counts) => ({ ...counts, answers: { ...counts.answers } })
    return { ...this.#wanted, tracks: { canary: copy(canary), baseline: copy(baseline) } }
  }

  #countsOf(seat: Seat, backend: Pick<Backend, "version">): Counts | undefined {
    const track = this.trackOf(backend)
    return track === undefined || seat.version !== this.#wanted?.version ? undefined : this.#counts[track]
  }
}

function newCounts(): Record<Track, Counts> {
  const none = (): Counts => ({ requests: 0, answers: {}, aborted: 0, retries: 0, takenOver: 0 })
  return { canary: none(), baseline: none() }
}
