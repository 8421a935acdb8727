import type { EdgeLimits } from "../edge.ts"
import { AddressCounts, isLoopback } from "./address-counts.ts"

type ConnectionLimits = Pick<EdgeLimits, "maxConnections" | "maxConnectionsPerAddress">

/** One that is counted, refused or not; given back when it has gone. */
export type Place = { readonly address: string; readonly among: AddressCounts }

/** Beyond the limit, so many more connections at once are told so; further ones are dropped without a word. */
const maxRefusing = 1_000

/**
 * Who may come in. A front door that has to share from now on has less room than before: who is in already is not
 * counted against that, or its new clients would be turned away while others have room. It never holds more than the
 * whole service may.
 */
export class Admission {
  readonly #whole: ConnectionLimits
  #share: ConnectionLimits
  /** Of those who came since the share became smaller last. */
  #counts = new AddressCounts()
  #inside = 0

  constructor(whole: ConnectionLimits) {
    this.#whole = whole
    this.#share = whole
  }

  /** What this front door's part is from now on. */
  share(share: ConnectionLimits): void {
    if (share.maxConnections < this.#share.maxConnections) this.#counts = new AddressCounts()
    this.#share = share
  }

  /** Too many are being refused already. */
  get isCrowded(): boolean {
    return this.#over >= maxRefusing
  }

  /** Counts one more, and says what keeps it out, if anything does. */
  enter(address: string): { readonly place: Place; readonly refused: "full" | "address" | undefined } {
    const isFull = this.#over >= 0
    const place = { address, among: this.#counts }
    const ofAddress = place.among.add(address)
    this.#inside++
    const isGreedy = ofAddress > this.#share.maxConnectionsPerAddress && !isLoopback(address)
    return { place, refused: isFull ? "full" : isGreedy ? "address" : undefined }
  }

  leave({ address, among }: Place): void {
    among.remove(address)
    this.#inside--
  }

  get #over(): number {
    const ofShare = this.#counts.total - this.#share.maxConnections
    return Math.max(ofShare, this.#inside - this.#whole.maxConnections)
  }
}
