import { SocketAddress } from "node:net"

/** PROXY protocol, version 2, as HAProxy's proxy-protocol.txt section 2.2 has it. */
const signature = Buffer.from("\r\n\r\n\0\r\nQUIT\n", "latin1")
const fixedBytes = signature.length + 4

/** Addresses and what may stand behind them; real ones have some hundred bytes at most. */
const maxRestBytes = 4096

export type ProxyHeader = {
  /** Where the client's own bytes begin. */
  readonly length: number
  /** Of the client; undefined when the sender speaks for itself (LOCAL) or tells no IP address (UNSPEC, UNIX). */
  readonly source: { readonly address: string; readonly port: number } | undefined
}

/** Why a header is refused; the names are those of the counter. */
export type ProxyRefusal = "signature" | "version" | "command" | "family" | "length" | "tlv"

/** Reads the header at the start of a connection. `more`: it is not whole yet. */
export function readProxyHeader(bytes: Buffer): ProxyHeader | ProxyRefusal | "more" {
  const start = Math.min(bytes.length, signature.length)
  if (signature.compare(bytes, 0, start, 0, start) !== 0) return "signature"
  if (bytes.length < fixedBytes) return "more"
  const [version, command] = halves(bytes[12]!)
  const [family, protocol] = halves(bytes[13]!)
  if (version !== 2) return "version"
  if (command > 1) return "command"
  if (family > 3 || protocol > 2) return "family"
  const rest = bytes.readUInt16BE(14)
  if (rest > maxRestBytes) return "length"
  const length = fixedBytes + rest
  if (bytes.length < length) return "more"
  // LOCAL: the sender asks for itself, a health check; what it says of addresses is skipped.
  if (command === 0) return { length, source: undefined }
  const addressBytes = addressLengths[family]!
  if (addressBytes > 0 && protocol === 2) return "family"
  if (rest < addressBytes) return "length"
  if (!areTlvs(bytes.subarray(fixedBytes + addressBytes, length))) return "tlv"
  const source = sourceOf(family, bytes.subarray(fixedBytes, fixedBytes + addressBytes))
  return { length, source }
}

/** Of source and destination with their ports, by family: UNSPEC, IPv4, IPv6, UNIX. */
const addressLengths = [0, 12, 36, 216] as const

function halves(byte: number): [number, number] {
  return [byte >> 4, byte & 0x0f]
}

function sourceOf(family: number, bytes: Buffer): ProxyHeader["source"] {
  if (family === 1) return { address: bytes.subarray(0, 4).join("."), port: bytes.readUInt16BE(8) }
  if (family !== 2) return undefined
  const groups = Array.from({ length: 8 }, (_, at) => bytes.readUInt16BE(2 * at).toString(16))
  const { address } = new SocketAddress({ family: "ipv6", address: groups.join(":") })
  return { address, port: bytes.readUInt16BE(32) }
}

/** Type, length in two bytes, value; one after the other up to the end. What they say is not used. */
function areTlvs(bytes: Buffer): boolean {
  let at = 0
  while (at < bytes.length) {
    if (bytes.length - at < 3) return false
    at += 3 + bytes.readUInt16BE(at + 1)
  }
  return at === bytes.length
}
