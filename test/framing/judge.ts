import { type ForwardedRequest, type FramingCase, textOf } from "./corpus.ts"
import type { Seen } from "./front-door.ts"
import { type ReadAnswer, type ReadRequest, readAnswers, readRequests, valuesOf } from "./strict-reader.ts"

/** The ordinary request behind each case: it must get its own answer, and be the last. */
export const secondRequest = "GET /second HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
const second: ForwardedRequest = { method: "GET", target: "/second", body: "" }

/** What every backend says it read, in this field of its answer. */
export const echoField = "x-read"

export function echoOf({ method, target, body }: Pick<ReadRequest, "method" | "target" | "body">): string {
  return `${method} ${target} ${body.length}`
}

function wantedEcho({ method, target, body }: ForwardedRequest): string {
  return echoOf({ method, target: textOf(target), body: textOf(body) })
}

/** Every way in which what was seen differs from what the case asks for; empty is good. */
export function judgeCase(framing: FramingCase, seen: Seen): string[] {
  const goesOn = !framing.closes && !framing.ends
  const expected = [...framing.forward, ...(goesOn ? [second] : [])]
  // What came in pieces was passed on in pieces, until one was wrong.
  const mayBeCut = framing.ends || (framing.refuse !== undefined && seen.sent.length > 1)
  return [
    ...judgeForwarded(mayBeCut, expected, seen),
    ...judgeAnswers(framing, expected, seen),
    ...judgeAgreement(seen).disagreements,
  ]
}

/** What reached the backend: exactly the expected requests, and not a byte more; `mayBeCut`: but part of one. */
function judgeForwarded(
  mayBeCut: boolean,
  expected: readonly ForwardedRequest[],
  { passed }: Seen,
): string[] {
  const readings = passed.map(({ toBackend }) => readRequests(toBackend))
  const wrong = readings
    .filter(({ rest }) => rest !== "whole" && !(mayBeCut && rest === "partial"))
    .map(({ rest }) => `a backend got something else than whole requests: ${rest}`)
  const requests = readings.flatMap(({ messages }) => messages)
  const got = requests.map(echoOf)
  const wanted = expected.map(wantedEcho)
  if (got.join() !== wanted.join()) return [...wrong, `a backend got [${got}], not [${wanted}]`]
  return [...wrong, ...expected.flatMap((request, index) => judgeRequest(request, requests[index]!))]
}

function judgeRequest(expected: ForwardedRequest, request: ReadRequest): string[] {
  const wrong: string[] = []
  if (request.body !== textOf(expected.body)) wrong.push("the body arrived changed")
  for (const [name, value] of Object.entries(expected.fields ?? {})) {
    const got = valuesOf(request.fields, name)
    if (got.join("\n") !== [value].flat().join("\n")) wrong.push(`${name} arrived as [${got}]`)
  }
  for (const name of expected.without ?? []) {
    if (valuesOf(request.fields, name).length > 0) wrong.push(`${name} arrived`)
  }
  const trailers = Object.fromEntries(request.trailers)
  if (JSON.stringify(trailers) !== JSON.stringify(expected.trailers ?? {})) {
    wrong.push(`the trailers arrived as ${JSON.stringify(trailers)}`)
  }
  return wrong
}

/** What the client got: each request's own answer, then the refusal if there is one, then the end. */
function judgeAnswers(
  framing: FramingCase,
  expected: readonly ForwardedRequest[],
  { received }: Seen,
): string[] {
  const wrong: string[] = []
  if (received.end !== "orderly") wrong.push(`the connection ended by ${received.end}`)
  const refused = framing.refuse === undefined ? [] : ["GET"]
  const { messages, rest } = readAnswers(received.bytes, [
    ...expected.map(({ method }) => method),
    ...refused,
  ])
  if (rest !== "whole") wrong.push(`the client got something else than whole answers: ${rest}`)
  const answers = messages.filter(({ status }) => status >= 200)
  for (const [index, request] of expected.entries()) {
    const said = readBack(answers[index])
    const wanted = wantedEcho(request)
    if (said !== undefined && said !== wanted) wrong.push(`the answer to "${wanted}" is the one to "${said}"`)
    if (answers[index] === undefined) wrong.push(`no answer to "${wanted}"`)
  }
  return [...wrong, ...judgeRefusal(framing, answers.slice(expected.length))]
}

function judgeRefusal({ refuse }: FramingCase, answers: readonly ReadAnswer[]): string[] {
  const [answer, ...more] = answers
  const wrong = more.map(({ status }) => `one answer too many: ${status}`)
  if (refuse === undefined || (refuse === 0 && answer === undefined)) {
    return answer === undefined ? wrong : [...wrong, `an answer that nothing asked for: ${answer.status}`]
  }
  if (answer === undefined) return [...wrong, `not refused with ${refuse}`]
  if (answer.status < 400 || readBack(answer) !== undefined) wrong.push("a backend answered what is refused")
  if (refuse !== 0 && answer.status !== refuse) wrong.push(`refused with ${answer.status}, not ${refuse}`)
  if (!valuesOf(answer.fields, "connection").includes("close")) wrong.push("refused without closing")
  return wrong
}

export type Agreement = {
  readonly disagreements: readonly string[]
  /** The statuses of the backend's own answers. */
  readonly declined: readonly number[]
}

/**
 * Whether the backend read what passed as a strict reader does: as many answers as requests, each telling the same
 * method, target and length. An answer without an echo is the backend's own: it declined the request.
 */
export function judgeAgreement({ passed }: Seen): Agreement {
  const disagreements: string[] = []
  const declined: number[] = []
  for (const { toBackend, fromBackend } of passed) {
    const { messages: requests, unread } = readRequests(toBackend)
    const methods = requests.map(({ method }) => method)
    // One that was cut off may be answered too, by 100 or by a complaint.
    if (unread !== "") methods.push(unread.split(" ")[0]!)
    const { messages, rest } = readAnswers(fromBackend, methods)
    if (rest !== "whole") disagreements.push(`the backend's answers do not match its requests: ${rest}`)
    const answers = messages.filter(({ status }) => status >= 200)
    if (answers.length < requests.length) {
      disagreements.push(`${requests.length} requests passed, the backend answered ${answers.length}`)
    }
    for (const [index, answer] of answers.entries()) {
      const said = readBack(answer)
      const wanted = requests[index] && echoOf(requests[index])
      if (said === undefined) declined.push(answer.status)
      else if (said !== wanted) disagreements.push(`the backend read "${said}" where "${wanted}" passed`)
    }
  }
  return { disagreements, declined }
}

/** What a backend said it read; undefined when the answer is not that of its echo. */
function readBack(answer: ReadAnswer | undefined): string | undefined {
  return answer === undefined ? undefined : valuesOf(answer.fields, echoField)[0]
}
