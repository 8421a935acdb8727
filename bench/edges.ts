import { connect } from "node:net"
import { mapOf, until } from "../src/tiers/edge/testing/edge-fixture.ts"
import { type Cleaner, EdgeProcess, sharedSocket } from "../src/tiers/edge/testing/edge-process.ts"
import { type Bench, compare } from "./harness.ts"

const rounds = 5
const connections = 2_000
const frontCounts = [2, 4]
/** One after the other, as to a quiet service; a few; a crowd that fills the queue. */
const atOnceCounts = [1, 16, 256]

/** How evenly front doors that share one listening socket take its connections: the kernel and libuv decide that. */
export const bench: Bench = {
  says: "front doors on one socket: the share of 2,000 connections that the busiest takes",
  async run(say) {
    const cases = frontCounts.flatMap(fronts => atOnceCounts.map(atOnce => ({ fronts, atOnce })))
    const shares = cases.map(each => ({ ...each, values: [] as number[] }))
    for (let round = 1; round <= rounds; round++)
      for (const { fronts, atOnce, values } of shares) {
        const taken = await takenBy(fronts, atOnce)
        values.push((100 * Math.max(...taken)) / connections)
        say(`${round}/${rounds}  ${fronts} front doors, ${atOnce} at once: ${taken.join(" ")}`)
      }
    return shares.map(({ fronts, atOnce, values }) => {
      const name = `${fronts} front doors`
      const configuration = `${atOnce} at once, each a request and its end; even would be ${100 / fronts}`
      const ours = { name, version: `libuv ${process.versions.uv}`, configuration, values }
      return compare(`the busiest of ${fronts} front doors`, "% of the connections", ours, null)
    })
  },
}

/** How many connections each of them took. */
async function takenBy(count: number, atOnce: number): Promise<number[]> {
  const cleaning: Array<() => unknown> = []
  const cleaner: Cleaner = { after: clean => void cleaning.push(clean) }
  try {
    const { fd, port } = sharedSocket(cleaner)
    const ids = Array.from({ length: count }, (_, nth) => `edge-${nth + 1}`)
    const fronts = ids.map(id => new EdgeProcess(cleaner, id, fd))
    // No backend: the front door answers by itself that the path is its own.
    const map = { ...mapOf([]), fronts: ids.map(id => ({ id, state: "open" as const })) }
    for (const front of fronts) front.send(map)
    await until(() => fronts.every(({ report }) => report?.state === "open"))
    let left = connections
    const visit = async () => {
      while (left-- > 0) await oneVisit(port)
    }
    await Promise.all(Array.from({ length: atOnce }, visit))
    for (const front of fronts) front.send(map)
    const taken = () => fronts.map(({ report }) => report?.requests ?? 0)
    await until(() => taken().reduce((sum, requests) => sum + requests) === connections)
    return taken()
  } finally {
    for (const clean of cleaning.reverse()) await clean()
  }
}

function oneVisit(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true })
    socket.write("GET /.banyan/health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    socket.resume()
    socket.once("error", reject)
    socket.once("close", () => resolve())
  })
}
