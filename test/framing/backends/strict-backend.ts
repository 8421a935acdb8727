import net from "node:net"
import { join } from "node:path"
import type { Address } from "../../../src/wire/map.ts"
import { echoField, echoOf } from "../judge.ts"
import { readRequests } from "../strict-reader.ts"
import { type CleanUp, temporaryFolder } from "../tap.ts"

/** A backend that reads by the grammar alone. What the grammar does not produce ends its connection without a word. */
export async function startStrictBackend(cleanUp: CleanUp): Promise<Address> {
  const address = { path: join(temporaryFolder(cleanUp), "strict") }
  const sockets = new Set<net.Socket>()
  const server = net.createServer(socket => {
    let bytes = ""
    let answered = 0
    sockets.add(socket)
    socket.once("close", () => sockets.delete(socket)).on("error", () => {})
    socket.on("data", data => {
      bytes += data.toString("latin1")
      const { messages, rest } = readRequests(bytes)
      for (const message of messages.slice(answered)) socket.write(answerTo(message.method, echoOf(message)))
      answered = messages.length
      if (rest === "whole") {
        bytes = ""
        answered = 0
      } else if (rest !== "partial") socket.destroy()
    })
  })
  cleanUp.after(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject)
    server.listen(address, resolve)
  })
  return address
}

function answerTo(method: string, echo: string): string {
  const body = method === "HEAD" ? "" : "ok\n"
  return `HTTP/1.1 200 OK\r\n${echoField}: ${echo}\r\nContent-Length: 3\r\n\r\n${body}`
}
