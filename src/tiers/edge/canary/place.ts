/** Where a request goes while two versions of the app serve: to the one that is tried, or to all others. */
export type Track = "canary" | "baseline"

/**
 * Every user has one of a hundred places on a ring, for good. A canary takes an arc of it: as many places as its weight
 * says, from a point of the ring that is its version's own. So a larger weight keeps everybody it had, whatever the
 * number of instances; a weight is exact, one place a percent; and the next version tries itself on other users.
 */
export const placeCount = 100

/** Coprime to the places, so that any hundred in a row hold each once; near the golden section, so that few are spread, too. */
const step = 61

/** Hands out places to those who have none, evenly from the first on. */
export class PlaceDealer {
  #next: number

  /** `start`: one of the places; several front doors begin anywhere. */
  constructor(start: number) {
    this.#next = start
  }

  deal(): number {
    const place = this.#next
    this.#next = (place + step) % placeCount
    return place
  }
}

/** The place of a user by a name of theirs: the same in every process, today and tomorrow. */
export function placeOf(name: string): number {
  return hash(name) % placeCount
}

export function trackAt(place: number, arc: { readonly start: number; readonly weight: number }): Track {
  return (place - arc.start + placeCount) % placeCount < arc.weight ? "canary" : "baseline"
}

/** FNV-1a of the UTF-16 units, and the last steps of MurmurHash3, without which its low digits are poor. */
function hash(text: string): number {
  let mixed = 0x811c9dc5
  for (let at = 0; at < text.length; at++) mixed = Math.imul(mixed ^ text.charCodeAt(at), 0x01000193)
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}
