import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import { bagelsIn, cafes, type Order } from "./work.ts"

/** The least that node:http can be asked to do: length told, head and body in one write. */
const json = "application/json"

function answer(response: ServerResponse, type: string, text: string): void {
  response.writeHead(200, { "content-type": type, "content-length": Buffer.byteLength(text) })
  response.end(text)
}

function bodyOf(request: IncomingMessage, use: (text: string) => void): void {
  const chunks: Buffer[] = []
  request.on("data", chunk => chunks.push(chunk))
  request.on("end", () => use((chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)).toString()))
}

createServer((request, response) => {
  if (request.method === "POST") {
    bodyOf(request, text =>
      answer(response, json, JSON.stringify({ bagels: bagelsIn(JSON.parse(text) as Order) })),
    )
  } else if (request.url === "/hello") answer(response, "text/plain;charset=UTF-8", "hello")
  else answer(response, json, JSON.stringify(cafes))
}).listen(Number(process.argv[2]), "127.0.0.1", 4096)
