import { ownText, remembered } from "../../../http1/remembered.ts"

/** The longest name there is (RFC 1035 section 2.3.4) and a port: of a longer one nothing rests with a connection. */
const maxHeldHost = 260

/** Where requests come in, as their backends and the access log are told. One for all requests of a connection. */
export class ClientOrigin {
  readonly address: string
  readonly scheme: "http" | "https"
  /** HTTP/2; else HTTP/1, whose minor version stands in the request's head. */
  readonly isHttp2: boolean
  /** The version of TLS; undefined without. */
  readonly tls: string | undefined
  #host: string | undefined
  #via = ""
  #lines = ""

  constructor(from: Pick<ClientOrigin, "address" | "scheme" | "tls">, isHttp2: boolean) {
    this.address = from.address
    this.scheme = from.scheme
    this.tls = from.tls
    this.isHttp2 = isHttp2
  }

  /** The fields that tell a backend of it, Host first, as lines: made again only where a client asks for another host than before. */
  lines(host: string, minor: 0 | 1): string {
    const via = this.isHttp2 ? "2.0" : minor === 1 ? "1.1" : "1.0"
    if (host === this.#host && via === this.#via) return this.#lines
    const lines = this.#linesOf(host, via)
    if (host.length <= maxHeldHost) {
      this.#host = ownText(host)
      this.#via = via
      this.#lines = ownText(lines)
    }
    return lines
  }

  /** `Forwarded`: RFC 7239 section 4; an IPv6 address and a host with a port must be quoted. */
  #linesOf(host: string, via: string): string {
    const { address, scheme } = this
    return `Host: ${host}\r\nVia: ${via} banyan\r\nForwarded: for=${forwardedNode(address)};host="${host}";proto=${scheme}\r\nX-Forwarded-For: ${address}\r\nX-Forwarded-Host: ${host}\r\nX-Forwarded-Proto: ${scheme}\r\n`
  }
}

const forwardedNode = remembered(address =>
  address.includes(":") ? `"[${address}]"` : /^[0-9.]+$/.test(address) ? address : "unknown",
)
