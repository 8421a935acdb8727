import assert from "node:assert/strict"
import type { Socket } from "node:net"
import { type TestContext, test } from "node:test"
import { createRequestParser, fieldValue, type RequestHead } from "../../http1/index.ts"
import { type Random, randomInt, seededRandom } from "../../kit/random.ts"
import { startEdge, startRawBackend, until } from "./testing/edge-fixture.ts"
import { RawClient } from "./testing/raw-client.ts"

/** How often the bytes of each request have come to any backend. */
type Receipts = Map<string, number>

const pick = <T>(random: Random, from: readonly T[]): T => from[randomInt(random, from.length)]!

/** A backend that answers with what it was sent, in any framing and any pieces, and now and then does something bad. */
function moodyBackend(t: TestContext, random: Random, receipts: Receipts) {
  const parsers = new WeakMap<Socket, (bytes: Buffer) => void>()
  return startRawBackend(t, (socket, text) => {
    let parse = parsers.get(socket)
    if (parse === undefined) {
      parse = reader(socket, random, receipts)
      parsers.set(socket, parse)
    }
    parse(Buffer.from(text, "latin1"))
  })
}

function reader(socket: Socket, random: Random, receipts: Receipts): (bytes: Buffer) => void {
  let id = ""
  let body: Buffer[] = []
  const parser = createRequestParser({
    head: (head: RequestHead) => {
      id = fieldValue(head.fields, "x-id")!
      body = []
      receipts.set(id, (receipts.get(id) ?? 0) + 1)
    },
    body: piece => body.push(Buffer.from(piece)),
    trailers() {},
    end: () => answer(socket, random, id, Buffer.concat(body)),
  })
  return bytes => {
    for (let at = 0; at < bytes.length && !socket.destroyed; ) at += parser.push(bytes.subarray(at))
  }
}

function answer(socket: Socket, random: Random, id: string, body: Buffer): void {
  const mood = random()
  if (mood < 0.03) return void socket.destroy()
  const interim = mood < 0.1 ? "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" : ""
  const framing = pick(random, ["length", "chunked", "until-close"] as const)
  const head = `${interim}HTTP/1.1 200 OK\r\nX-Id: ${id}\r\n`
  const bytes =
    framing === "length"
      ? Buffer.concat([Buffer.from(`${head}Content-Length: ${body.length}\r\n\r\n`), body])
      : framing === "chunked"
        ? Buffer.concat([Buffer.from(`${head}Transfer-Encoding: chunked\r\n\r\n`), inChunks(random, body)])
        : Buffer.concat([Buffer.from(`${head}Connection: close\r\n\r\n`), body])
  const cut = mood > 0.97 && framing !== "until-close" ? randomInt(random, bytes.length) : bytes.length
  const ends = cut < bytes.length || framing === "until-close"
  writeInPieces(random, socket, bytes.subarray(0, cut), () => {
    if (ends) socket.end()
  })
}

function inChunks(random: Random, body: Buffer): Buffer {
  const parts: Buffer[] = []
  for (let at = 0; at < body.length; ) {
    const size = Math.min(body.length - at, 1 + randomInt(random, 5_000))
    parts.push(Buffer.from(`${size.toString(16)}\r\n`), body.subarray(at, at + size), Buffer.from("\r\n"))
    at += size
  }
  return Buffer.concat([...parts, Buffer.from("0\r\n\r\n")])
}

function writeInPieces(random: Random, socket: Socket, bytes: Buffer, done: () => void): void {
  if (bytes.length === 0 || socket.destroyed) {
    done()
    return
  }
  const size = 1 + randomInt(random, random() < 0.5 ? bytes.length : 40)
  socket.write(bytes.subarray(0, size))
  const rest = () => writeInPieces(random, socket, bytes.subarray(size), done)
  if (random() < 0.3) setImmediate(rest)
  else rest()
}

type Outcome = { whole: number; refused: number; brokenOff: number }

/** One client: random requests, some sent ahead; each whole answer must be the answer to its own request. */
async function client(
  port: number,
  random: Random,
  name: string,
  rounds: number,
  outcome: Outcome,
): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    const connection = new RawClient(port)
    const requests = Array.from({ length: 1 + randomInt(random, 4) }, (_, at) => {
      const method = pick(random, ["GET", "PUT", "POST", "DELETE"])
      const size = method === "GET" ? 0 : randomInt(random, pick(random, [10, 3_000, 100_000]))
      return {
        id: `${method}-${name}-${round}-${at}`,
        method,
        body: Buffer.alloc(size, `${name}.${round}.${at};`),
      }
    })
    const bytes = requests.map(({ id, method, body }) => {
      const head = `${method} /x HTTP/1.1\r\nHost: a\r\nX-Id: ${id}\r\n`
      if (random() < 0.5)
        return Buffer.concat([Buffer.from(`${head}Content-Length: ${body.length}\r\n\r\n`), body])
      return Buffer.concat([Buffer.from(`${head}Transfer-Encoding: chunked\r\n\r\n`), inChunks(random, body)])
    })
    writeInPieces(random, connection.socket, Buffer.concat(bytes), () => {})
    try {
      for (const { id, method, body } of requests) {
        const got = await connection.answer(method)
        if (got.status === 200) {
          assert.equal(got.header("x-id"), id)
          assert.ok(got.body.equals(body), `the body of ${id} came back changed`)
          outcome.whole++
        } else {
          assert.ok([502, 503].includes(got.status), `${id}: ${got.status} ${got.body}`)
          outcome.refused++
        }
        if (got.header("connection") === "close") break
      }
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error
      outcome.brokenOff++
    }
    if (random() < 0.2) connection.socket.resetAndDestroy()
    else connection.socket.destroy()
    await connection.closed
  }
}

test("with moody backends every whole answer is the right one, and nothing is left behind", async t => {
  const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000)
  t.diagnostic(`SEED=${seed}`)
  const random = seededRandom(seed)
  const receipts: Receipts = new Map()
  const backends = await Promise.all([1, 2, 3].map(() => moodyBackend(t, random, receipts)))
  const { port, edge, log } = await startEdge(t, backends, { maxConnectionsPerBackend: 4 })
  const outcome: Outcome = { whole: 0, refused: 0, brokenOff: 0 }
  await Promise.all(Array.from({ length: 16 }, (_, at) => client(port, random, `c${at}`, 25, outcome)))
  await until(() => edge.report().connections === 0, "all connections gone")
  const report = edge.report()
  t.diagnostic(JSON.stringify({ ...outcome, retries: report.retries, aborted: report.aborted }))
  assert.equal(report.outstanding, 0)
  assert.deepEqual(
    report.backends.map(backend => backend.outstanding),
    [0, 0, 0],
  )
  assert.equal(log.length, report.requests)
  for (const [id, times] of receipts) {
    assert.ok(times <= (id.startsWith("POST") ? 1 : 3), `${id} was sent ${times} times`)
  }
  assert.ok(outcome.whole > outcome.refused + outcome.brokenOff)
})
