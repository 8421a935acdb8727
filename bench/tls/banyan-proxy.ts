import { TicketChain } from "../../src/tiers/edge/client/tls/ticket-chain.ts"
import { serveEdge } from "../edge/serve-edge.ts"

/** The TLS door is on `port`; the plain one listens where nobody asks. */
const [port, upstream, cert, key] = process.argv.slice(2) as [string, string, string, string]
const tls = {
  listen: { host: "127.0.0.1", port: Number(port) },
  certificates: [{ cert, key }],
  minVersion: "TLSv1.3",
  tickets: TicketChain.begin(Date.now()).seed,
} as const
await serveEdge({ listen: { host: "127.0.0.1", port: 0 }, tls }, Number(upstream))
