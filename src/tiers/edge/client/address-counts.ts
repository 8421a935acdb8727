/** How many connections there are, and how many each client's network holds. */
export class AddressCounts {
  readonly #counts = new Map<string, number>()
  total = 0

  /** Counts one more; returns how many there are now. */
  add(address: string): number {
    const network = networkOf(address)
    const count = (this.#counts.get(network) ?? 0) + 1
    this.#counts.set(network, count)
    this.total++
    return count
  }

  remove(address: string): void {
    const network = networkOf(address)
    const count = this.#counts.get(network) ?? 0
    this.total--
    if (count > 1) this.#counts.set(network, count - 1)
    else this.#counts.delete(network)
  }
}

/**
 * Whose address it is: an IPv4 address is one subscriber's; of an IPv6 address the first 64 bits are, and the rest is theirs
 * to choose, anew for each connection if they like (RFC 4291 section 2.5.4, RFC 8981). As node:net writes addresses.
 */
export function networkOf(address: string): string {
  if (!address.includes(":") || address.includes(".")) return address
  const [head = "", tail = ""] = address.split("%", 1)[0]!.split("::")
  const [before, after] = [groupsOf(head), groupsOf(tail)]
  const zeros = Array<string>(8 - before.length - after.length).fill("0")
  return `${[...before, ...zeros, ...after].slice(0, 4).join(":")}::/64`
}

function groupsOf(part: string): string[] {
  return part === "" ? [] : part.split(":")
}

/** Who comes from this machine is most likely a proxy, which speaks for many. */
export function isLoopback(address: string): boolean {
  return address.startsWith("127.") || address === "::1"
}
