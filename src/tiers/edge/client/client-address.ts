/** IPv4 clients of a dual-stack socket as plain IPv4. */
export function plainAddress(address: string | undefined): string {
  if (address === undefined) return "unknown"
  return address.startsWith("::ffff:") ? address.slice(7) : address
}
