import { BlockList, isIPv6, type Socket } from "node:net"
import type { EdgeProxyProtocol } from "../edge.ts"
import { plainAddress } from "./client-address.ts"

type IsTrusted = (socket: Socket) => boolean

const nobody: IsTrusted = () => false

/** Who must begin with a PROXY protocol header, at each of the two doors. */
export function trustedSenders(options: EdgeProxyProtocol | undefined): { plain: IsTrusted; tls: IsTrusted } {
  if (options === undefined || options.trustedCidrs.length === 0) return { plain: nobody, tls: nobody }
  const list = new BlockList()
  for (const cidr of options.trustedCidrs) {
    const [address = "", prefix] = cidr.split("/")
    const family = isIPv6(address) ? "ipv6" : "ipv4"
    if (prefix === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(prefix), family)
  }
  const isTrusted: IsTrusted = ({ remoteAddress }) => {
    const address = plainAddress(remoteAddress)
    return list.check(address, isIPv6(address) ? "ipv6" : "ipv4")
  }
  return {
    plain: options.on === "tls" ? nobody : isTrusted,
    tls: options.on === "plain" ? nobody : isTrusted,
  }
}
