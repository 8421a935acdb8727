const beatMs = 250

/**
 * An app that costs as little as an app can, with every kind of answer a front door has to bring through a change: a
 * short one, one to an upload, an event stream, a WebSocket.
 */
export default {
  name: "streaming",
  web: () => ({ fetch: answer, upgrade: beatingSocket }),
}

async function answer(request: Request): Promise<Response> {
  if (new URL(request.url).pathname === "/events")
    return new Response(beatingEvents(), { headers: { "content-type": "text/event-stream" } })
  if (request.method === "POST")
    return new Response(`${(await request.arrayBuffer()).byteLength} bytes taken`)
  return new Response("here I am")
}

function beatingEvents(): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  let beat: NodeJS.Timeout
  return new ReadableStream({
    start(controller) {
      const send = () => controller.enqueue(encoder.encode(`data: ${Date.now()}\n\n`))
      send()
      beat = setInterval(send, beatMs)
    },
    cancel: () => clearInterval(beat),
  })
}

function beatingSocket() {
  let beat: NodeJS.Timeout
  return {
    open: (peer: { send(data: string): void }) => {
      beat = setInterval(() => peer.send(String(Date.now())), beatMs)
    },
    close: () => clearInterval(beat),
  }
}
