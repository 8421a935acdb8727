import { type Random, randomInt } from "../../src/kit/random.ts"

/**
 * What goes wrong in one seed, and how often. Each kind is left out of most seeds: what hides behind one failure is found
 * where that failure is missing. `...EveryMs` are mean waits, 0: never; the other numbers are shares of all occasions.
 */
export type Profile = {
  readonly deathEveryMs: number
  readonly linkCutEveryMs: number
  /** A process hangs: for a while, or for good. */
  readonly hangEveryMs: number
  /** A process that serves cannot reach any control plane for a while. */
  readonly cutOffEveryMs: number
  /** A process uses more memory than it may: for a moment, for good, or far more. */
  readonly leakEveryMs: number
  /** A database hangs, or a replica receives nothing: for a while, or for good. */
  readonly databaseHangEveryMs: number
  readonly replicaCutEveryMs: number
  /** Clients write so often. */
  readonly writeEveryMs: number
  readonly detachEveryMs: number
  readonly crashEveryMs: number
  readonly freezeEveryMs: number
  readonly rivalEveryMs: number
  readonly diesInStart: number
  readonly neverReady: number
  readonly slowStart: number
  /** Never finishes its last request. */
  readonly busy: number
  /** Ends by itself once it has drained. */
  readonly leavesDrained: number
  readonly callFails: number
  readonly journalFails: number
  /** The journal is gone when a supervisor starts. */
  readonly journalLost: number
  readonly duplicates: number
  readonly latencyMs: number
}

/** Every wait is a whole number of these, so that sums of waits are exact. */
const tickMs = 1 / 1024

/** A wait of a length nobody has planned, in (0, mostMs]. */
export function wait(random: Random, mostMs: number): number {
  return Math.ceil((random() * mostMs) / tickMs) * tickMs
}

/** `leaks`: a source of its own, so that seeds from before there were leaks go the way they went. */
export function drawProfile(random: Random, leaks: Random = random): Profile {
  const sometimes = (share: number, value: number) => {
    const draw = random()
    return draw < share ? value * (0.3 + random()) : 0
  }
  return {
    deathEveryMs: sometimes(0.35, 6_000),
    linkCutEveryMs: sometimes(0.35, 3_000),
    hangEveryMs: sometimes(0.35, 8_000),
    cutOffEveryMs: sometimes(0.3, 6_000),
    detachEveryMs: sometimes(0.3, 6_000),
    crashEveryMs: sometimes(0.5, 4_000),
    freezeEveryMs: sometimes(0.3, 8_000),
    rivalEveryMs: sometimes(0.3, 8_000),
    diesInStart: sometimes(0.3, 0.15),
    neverReady: sometimes(0.3, 0.1),
    slowStart: sometimes(0.3, 0.3),
    busy: sometimes(0.3, 0.4),
    leavesDrained: sometimes(0.5, 0.6),
    callFails: sometimes(0.3, 0.06),
    journalFails: sometimes(0.3, 0.06),
    journalLost: sometimes(0.1, 0.5),
    duplicates: sometimes(0.5, 0.2),
    latencyMs: [0.2, 2, 20, 150][randomInt(random, 4)]!,
    databaseHangEveryMs: sometimes(0.3, 8_000),
    replicaCutEveryMs: sometimes(0.3, 6_000),
    writeEveryMs: sometimes(0.7, 200),
    leakEveryMs: leaks() < 0.4 ? 8_000 * (0.3 + leaks()) : 0,
  }
}

/** The end of all failures. */
export function healed({ latencyMs }: Profile): Profile {
  const nothing = drawProfile(() => 1 - Number.EPSILON)
  return { ...nothing, latencyMs }
}
