/** How many connections there are, and how many each client address holds. */
export class AddressCounts {
  readonly #counts = new Map<string, number>()
  total = 0

  /** Counts one more; returns how many there are now. */
  add(address: string): number {
    const count = (this.#counts.get(address) ?? 0) + 1
    this.#counts.set(address, count)
    this.total++
    return count
  }

  remove(address: string): void {
    const count = this.#counts.get(address) ?? 0
    this.total--
    if (count > 1) this.#counts.set(address, count - 1)
    else this.#counts.delete(address)
  }
}

/** Who comes from this machine is most likely a proxy, which speaks for many. */
export function isLoopback(address: string): boolean {
  return address.startsWith("127.") || address === "::1"
}
