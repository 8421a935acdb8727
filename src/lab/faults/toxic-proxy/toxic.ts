/** `up`: from those who connect to whom the proxy stands for; `down`: back. */
export type Way = "up" | "down"
export type Ways = Way | "both"

/** What a stream of bytes can suffer. Several at once add up: the longest of all delays together, the narrowest pipe. */
export type Toxic =
  /** Bytes and ends vanish into silence and come when it is over, as a partition's retransmissions would. */
  | { readonly type: "cut" }
  /** The end of one side, orderly or not, is not told to the other: a peer that lost its power. */
  | { readonly type: "halfOpen" }
  /** Everything comes later, in order. Each piece by `delayMs` and up to `jitterMs` more. */
  | { readonly type: "delay"; readonly delayMs: number; readonly jitterMs?: number }
  /** At most so many bytes at a time, with a pause after each. */
  | { readonly type: "slicing"; readonly bytes: number; readonly pauseMs: number }
  /** A ceiling: what comes through is a little less, by the grain of timers. */
  | { readonly type: "bandwidth"; readonly bytesPerSecond: number }

/** What all toxics of one way come to. */
export type Effect = {
  readonly isCut: boolean
  readonly hidesEnds: boolean
  readonly delayMs: number
  readonly jitterMs: number
  /** Infinity: no bound. */
  readonly sliceBytes: number
  readonly pauseMs: number
  /** Infinity: no bound. */
  readonly bytesPerSecond: number
}

export const noEffect: Effect = {
  isCut: false,
  hidesEnds: false,
  delayMs: 0,
  jitterMs: 0,
  sliceBytes: Number.POSITIVE_INFINITY,
  pauseMs: 0,
  bytesPerSecond: Number.POSITIVE_INFINITY,
}

export function effectOf(toxics: Iterable<Toxic>): Effect {
  let effect = noEffect
  for (const toxic of toxics) effect = { ...effect, ...added(effect, toxic) }
  return effect
}

function added(effect: Effect, toxic: Toxic): Partial<Effect> {
  switch (toxic.type) {
    case "cut":
      return { isCut: true }
    case "halfOpen":
      return { hidesEnds: true }
    case "delay":
      return {
        delayMs: effect.delayMs + toxic.delayMs,
        jitterMs: effect.jitterMs + (toxic.jitterMs ?? 0),
      }
    case "slicing":
      return {
        sliceBytes: Math.min(effect.sliceBytes, toxic.bytes),
        pauseMs: Math.max(effect.pauseMs, toxic.pauseMs),
      }
    case "bandwidth":
      return { bytesPerSecond: Math.min(effect.bytesPerSecond, toxic.bytesPerSecond) }
  }
}

/** How often a narrow pipe lets something through. */
const grainMs = 20

/** How many of `bytes` go at once now, and how long nothing goes after them. */
export function slice(bytes: number, effect: Effect): { readonly bytes: number; readonly thenMs: number } {
  const grain = Math.max(1, Math.floor((effect.bytesPerSecond * grainMs) / 1000))
  const now = Math.min(bytes, effect.sliceBytes, grain)
  return { bytes: now, thenMs: effect.pauseMs + (now * 1000) / effect.bytesPerSecond }
}
