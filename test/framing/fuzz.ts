import { METHODS } from "node:http"
import fc from "fast-check"
import { corpus, type FramingCase, textOf } from "./corpus.ts"
import type { FrontDoor, Seen } from "./front-door.ts"
import { echoField, echoOf, judgeAgreement, secondRequest } from "./judge.ts"
import {
  originOf,
  type Reading,
  type ReadRequest,
  readAnswers,
  readRequests,
  valuesOf,
} from "./strict-reader.ts"

/** Well-formed requests, in all the ways the grammar knows, then damaged where it hurts, then cut anywhere. */
export const fuzzed = fc
  .record({
    requests: fc.array(fc.oneof({ weight: 9, arbitrary: wellFormed() }, fromCorpus()), {
      minLength: 1,
      maxLength: 4,
    }),
    damages: fc.oneof({ weight: 2, arbitrary: fc.array(damage(), { maxLength: 1 }) }, fc.array(damage())),
    cuts: fc.array(fc.nat({ max: 2000 }), { maxLength: 4 }),
  })
  .map(({ requests, damages, cuts }) => {
    const bytes = damages.reduce((text, harm) => harm(text), requests.join("")) + secondRequest
    const places = cuts.map(cut => cut % bytes.length).sort((a, b) => a - b)
    return [0, ...places]
      .map((place, index) => bytes.slice(place, places[index]))
      .filter(piece => piece !== "")
  })

function fromCorpus(): fc.Arbitrary<string> {
  const short = corpus.map(({ send }: FramingCase) => textOf(send)).filter(text => text.length < 400)
  return fc.constantFrom(...short)
}

function wellFormed(): fc.Arbitrary<string> {
  const method = fc.constantFrom("GET", "POST", "PUT", "HEAD", "DELETE", "OPTIONS")
  const target = fc.constantFrom("/", "/a?b=c", "/%2e/x", "//a//b", "http://a/x?y", "http://A:80")
  const name = fc.constantFrom("X", "x-y", "Accept", "Content-Type", "Keep-Alive", "Cookie")
  const value = fc.constantFrom("", "a", "a, b", "keep-alive", "caf\xe9", "a:b\tc")
  const space = fc.constantFrom("", " ", "\t", " \t ")
  const field = fc.tuple(name, space, value, space).map(([name, before, value, after]) => {
    return `${name}:${before}${value}${after}\r\n`
  })
  const known = fc.constantFrom(
    ...[
      "Connection: keep-alive, X\r\n",
      "Connection: close\r\n",
      "Expect: 100-continue\r\n",
      "TE: trailers\r\n",
    ],
    ...["Connection: Upgrade\r\nUpgrade: h2c\r\n", "Connection: Content-Length, Transfer-Encoding\r\n"],
  )
  const anyField = fc.oneof({ weight: 9, arbitrary: field }, known)
  const fields = fc.array(anyField, { maxLength: 3 }).map(lines => lines.join(""))
  return fc.tuple(method, target, fields, framedBody()).map(([method, target, fields, [framing, body]]) => {
    return `${method} ${target} HTTP/1.1\r\nHost: a\r\n${fields}${framing}\r\n${body}`
  })
}

/** The framing fields of a body, and the body. */
function framedBody(): fc.Arbitrary<readonly [string, string]> {
  const data = fc.oneof(
    fc.string({ unit: fc.constantFrom("a", "0", "\r", "\n", ":", ";"), minLength: 1, maxLength: 20 }),
    fc.constantFrom("GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n", "0\r\n\r\n", "\r\n\r\n"),
  )
  const extension = fc.constantFrom("", "", ";a", ";a=b", '; a="b;c"', ";a;b = c")
  const chunk = fc.tuple(data, extension).map(([data, extension]) => {
    return `${data.length.toString(16)}${extension}\r\n${data}\r\n`
  })
  const trailers = fc.constantFrom("", "", "X-Sum: 1\r\n", "Keep-Alive: 1\r\nX-Real-IP: b\r\n")
  const chunks = fc.tuple(fc.array(chunk, { maxLength: 4 }), extension, trailers)
  return fc.oneof(
    fc.constant(["", ""] as const),
    data.map(data => [`Content-Length: ${data.length}\r\n`, data] as const),
    chunks.map(([chunks, extension, trailers]) => {
      const body = `${chunks.join("")}0${extension}\r\n${trailers}\r\n`
      return ["Transfer-Encoding: chunked\r\n", body] as const
    }),
  )
}

const seams = /\r\n|[:;, =]|\r|\n/g

/** Puts something in, takes something out, or writes something twice, mostly at the seams of the grammar. */
function damage(): fc.Arbitrary<(text: string) => string> {
  const piece = fc.oneof(
    fc.constantFrom(
      ...[
        "\r\n",
        "\r",
        "\n",
        " ",
        "\t",
        "\0",
        "\x0b",
        "\x7f",
        "\xa0",
        ":",
        ";",
        ",",
        "0",
        "1",
        "a",
        "_",
        "-",
      ],
      ...[
        "\r\n ",
        "\n\n",
        "\r\n\r\n",
        "0\r\n\r\n",
        "HTTP/1.0",
        "Content-Length: 3\r\n",
        "Content-Length: 0\r\n",
      ],
      ...[
        "Transfer-Encoding: chunked\r\n",
        "Transfer-Encoding: x\r\n",
        "Connection: close\r\n",
        "Host: b\r\n",
      ],
      ...["Content_Length: 3\r\n", "Connection: Content-Length\r\n", "GET /in HTTP/1.1\r\nHost: a\r\n\r\n"],
    ),
    fc.string({ unit: "binary-ascii", maxLength: 2 }),
  )
  return fc
    .tuple(fc.nat({ max: 2000 }), fc.boolean(), fc.nat({ max: 3 }), piece, fc.boolean())
    .map(([place, atSeam, drop, piece, twice]) => (text: string) => {
      const found = atSeam ? [...text.matchAll(seams)].map(seam => seam.index + seam[0].length) : []
      const at = found.length > 0 ? found[place % found.length]! : place % (text.length + 1)
      const lineEnd = text.indexOf("\r\n", at) + 2
      const inserted = twice ? text.slice(text.lastIndexOf("\r\n", at) + 2, lineEnd) : piece
      return text.slice(0, at) + inserted + text.slice(at + drop)
    })
}

/**
 * What holds whatever a client sends: what reached the backend is a beginning of what a strict reader reads, request
 * by request; the backend read it alike; each answer is that of its own request, and at most one refusal ends it all.
 */
export function judgeAnything(seen: Seen): string[] {
  const readings = seen.passed.map(({ toBackend }) => readRequests(toBackend))
  const wrong = readings
    .filter(({ rest }) => rest !== "whole" && rest !== "partial")
    .map(({ rest }) => `the backend got what no strict reader reads: ${rest}`)
  const requests = readings.flatMap(({ messages }) => messages)
  const sent = readRequests(seen.sent.join("")).messages
  for (const [index, request] of requests.entries()) wrong.push(...judgePassed(request, sent[index]))
  const passed = requests.map(echoOf)
  // What Node does not want it answers early and by an end, which may overtake the answer.
  if (!readings.every(isKnownToNode)) return wrong
  return [...wrong, ...judgeAgreement(seen).disagreements, ...judgeAllAnswers(seen, passed)]
}

/** What the front door writes anew. */
const ownFields =
  /^(?:host|via|forwarded|x-forwarded-\w+|x-request-id|traceparent|transfer-encoding|connection|upgrade)$/

/** Whether what passed is what was sent: its line, its body, and no field that was not there. */
function judgePassed(passed: ReadRequest, sent: ReadRequest | undefined): string[] {
  const origin = sent && { ...sent, target: originOf(sent.method, sent.target) }
  if (origin === undefined || echoOf(passed) !== echoOf(origin)) {
    return [`"${echoOf(passed)}" passed where "${origin && echoOf(origin)}" was sent`]
  }
  const lines = new Set(origin.fields.map(([name, value]) => `${name}: ${value}`))
  const added = passed.fields.filter(
    ([name, value]) => !ownFields.test(name) && !lines.has(`${name}: ${value}`),
  )
  return [
    ...(passed.body === origin.body ? [] : ["the body passed changed"]),
    ...added.map(([name]) => `the field ${name} passed and was not sent`),
  ]
}

/** Whether all methods are of the list that Node's parser was made with; of a request that was cut off too. */
function isKnownToNode({ messages, unread }: Reading<ReadRequest>): boolean {
  const methods = messages.map(({ method }) => method)
  if (unread !== "") methods.push(unread.split(" ")[0]!)
  return methods.every(method => METHODS.includes(method))
}

function judgeAllAnswers({ received }: Seen, passed: readonly string[]): string[] {
  const wrong = received.end === "orderly" ? [] : [`the connection ended by ${received.end}`]
  const methods = passed.map(request => request.split(" ")[0]!)
  // What is refused may have been a HEAD, whose refusal has no body either.
  const readings = ["GET", "HEAD"].map(refused => readAnswers(received.bytes, [...methods, refused]))
  const { messages, rest } = readings.find(({ rest }) => rest === "whole") ?? readings[0]!
  if (rest !== "whole") wrong.push(`the client got what is no answer: ${rest}`)
  const answers = messages.filter(({ status }) => status >= 200)
  const said = answers.map(({ fields, status }) => valuesOf(fields, echoField)[0] ?? `refused ${status}`)
  const own = said.filter(words => words.startsWith("refused"))
  if (own.length > 1) wrong.push("refused more than once")
  if ([...passed, ...own].join() !== said.join()) wrong.push(`[${passed}] passed, the answers are [${said}]`)
  return wrong
}

export class Disagreement extends Error {}

/** Sends such requests until one is judged wrong, then shrinks it. */
export function fuzz(
  door: FrontDoor,
  options: { readonly seed: number; readonly numRuns: number },
): Promise<fc.RunDetails<[string[]]>> {
  const holds = fc.asyncProperty(fuzzed, async pieces => {
    const [wrong] = judgeAnything(await door.send(pieces, true))
    if (wrong !== undefined) throw new Disagreement(wrong)
  })
  return fc.check(holds, options)
}
