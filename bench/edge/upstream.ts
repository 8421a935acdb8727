import { createServer } from "node:net"

/** A backend that costs as little as possible: the same 2 KB for every request head, whatever it asks. */
const body = "x".repeat(2048)
const answer = Buffer.from(
  `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}\r\nServer: bench\r\n\r\n${body}`,
)

const server = createServer({ noDelay: true }, socket => {
  let held = ""
  socket.on("error", () => {})
  socket.on("data", bytes => {
    const heads = (held + bytes.toString("latin1")).split("\r\n\r\n")
    held = heads.pop()!
    for (let count = 0; count < heads.length; count++) socket.write(answer)
  })
})
server.listen(Number(process.argv[2]), "127.0.0.1", 4096)
