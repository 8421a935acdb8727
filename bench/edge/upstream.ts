import { createServer } from "node:net"
import { answerWith } from "./messages.ts"

/**
 * A backend that costs as little as possible: the same 2 KB of JSON for every request head, after a while for
 * `/slow`, with another tag each time for `/varied`.
 */
const slowMs = 50
const answer = answerWith("Server: bench\r\n")
const different = Array.from({ length: 100 }, (_, count) => answerWith(`ETag: "${10 + count}"\r\n`))
let answers = 0

const server = createServer({ noDelay: true }, socket => {
  let held = ""
  socket.on("error", () => {})
  socket.on("data", bytes => {
    const heads = (held + bytes.toString("latin1")).split("\r\n\r\n")
    held = heads.pop()!
    for (const head of heads) {
      if (head.startsWith("GET /slow")) setTimeout(() => socket.write(answer), slowMs)
      else if (head.startsWith("GET /varied")) socket.write(different[++answers % different.length]!)
      else socket.write(answer)
    }
  })
})
server.listen(Number(process.argv[2]), "127.0.0.1", 4096)
