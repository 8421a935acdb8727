/** What load and backends of the edge's benches say to each other: heads as browsers' are, and 2 KB of JSON. */
export const bodyBytes = 2_048
const body = JSON.stringify({ cafes: "x".repeat(bodyBytes - '{"cafes":""}'.length) })
const usualFields =
  "Host: 127.0.0.1:8080\r\nUser-Agent: bench\r\nAccept: */*\r\nCookie: session=0123456789abcdef\r\n"

/** `fields`: those of this request, each with its line's end. */
export function requestFor(path: string, fields = usualFields): Buffer {
  return Buffer.from(`GET ${path}?lat=40.7&lon=-74 HTTP/1.1\r\n${fields}\r\n`)
}

export function requestThatCloses(path: string): Buffer {
  return requestFor(path, `${usualFields}Connection: close\r\n`)
}

/** A hundred of them, each with a cookie of its own. */
export function differentRequests(path: string): Buffer[] {
  return Array.from({ length: 100 }, (_, count) =>
    requestFor(path, usualFields.replace("89ab", `89${10 + count}`)),
  )
}

export function answerWith(fields: string): Buffer {
  return Buffer.from(
    `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${bodyBytes}\r\n${fields}\r\n${body}`,
  )
}
