import http2, { type ClientHttp2Session } from "node:http2"

/** What lasts, over HTTP/2, each on a connection of its own. Nothing is asked twice. */

export type HeldEvents = {
  /** Of each stream that was not ended by us: `hint` where it ended as event streams do, else what went wrong. */
  readonly ends: readonly string[]
  readonly events: number
}

/** Holds an event stream until the signal; opens the next one when one has ended. */
export async function holdEvents(origin: string, signal: AbortSignal): Promise<HeldEvents> {
  const ends: string[] = []
  let events = 0
  while (!signal.aborted) {
    const session = connect(origin)
    const leave = () => session.destroy()
    signal.addEventListener("abort", leave)
    const stream = session.request({ ":path": "/events" })
    let [text, ended, status] = ["", false, 0]
    stream.on("response", head => {
      status = head[":status"] ?? 0
    })
    stream.on("error", () => {}).setEncoding("utf8")
    stream.on("data", piece => {
      text += piece
    })
    stream.on("end", () => {
      ended = true
    })
    await closed(stream)
    signal.removeEventListener("abort", leave)
    session.close()
    events += text.split("data: ").length - 1
    const isClean = ended && stream.rstCode === 0 && status === 200
    if (!signal.aborted)
      ends.push(
        isClean && /\n\nretry: \d+\n\n$/.test(text) ? "hint" : `status ${status}, code ${stream.rstCode}`,
      )
  }
  return { ends, events }
}

export type Uploaded = { readonly status: number; readonly body: string; readonly bytes: number }

/** An upload that spans a hand-over: its last piece leaves when its connection is told that its server leaves. */
export function beginUpload(origin: string): { answered: Promise<Uploaded> } {
  const session = connect(origin)
  const stream = session.request({ ":path": "/upload", ":method": "POST" }, { endStream: false })
  const answer = { status: 0, body: "", bytes: 0 }
  const say = (piece: Buffer) => {
    answer.bytes += piece.length
    return piece
  }
  session.once("goaway", () => stream.end(say(Buffer.alloc(1000, "z"))))
  stream.on("response", head => {
    answer.status = head[":status"] ?? 0
  })
  stream.on("error", () => {}).setEncoding("utf8")
  stream.on("data", piece => {
    answer.body += piece
  })
  // More than a front door keeps to itself: it is with the old web instance when the old front door leaves.
  stream.write(say(Buffer.alloc(200_000, "u")))
  return {
    answered: closed(stream)
      .then(() => answer)
      .finally(() => session.close()),
  }
}

function connect(origin: string): ClientHttp2Session {
  return http2.connect(origin, { rejectUnauthorized: false }).on("error", () => {})
}

/** However it ends; `once` of node:events would reject at its error. */
function closed(stream: http2.ClientHttp2Stream): Promise<void> {
  return new Promise(resolve => {
    if (stream.closed) resolve()
    else stream.once("close", () => resolve())
  })
}
