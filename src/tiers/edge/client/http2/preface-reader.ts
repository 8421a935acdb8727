import { preface } from "../../../../http2/index.ts"
import { ownCopy } from "../../../../kit/node/own-copy.ts"

/** What takes the bytes of a connection. They are borrowed until the call returns. */
export interface BytesReader {
  read(bytes: Buffer): void
}

/** Finds out from the first bytes of a connection whether the client speaks HTTP/2 (RFC 9113 sections 3.3 and 3.4). */
export class PrefaceReader implements BytesReader {
  readonly #onKnown: (isHttp2: boolean, bytes: Buffer) => void
  #begun: Buffer | undefined

  /** `onKnown`: told once, with all bytes so far. */
  constructor(onKnown: (isHttp2: boolean, bytes: Buffer) => void) {
    this.#onKnown = onKnown
  }

  read(bytes: Buffer): void {
    const all = this.#begun === undefined ? bytes : Buffer.concat([this.#begun, bytes])
    const length = Math.min(all.length, preface.length)
    const isPreface = preface.compare(all, 0, length, 0, length) === 0
    if (isPreface && length < preface.length) this.#begun = ownCopy(all)
    else this.#onKnown(isPreface, all)
  }
}
