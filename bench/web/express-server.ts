import { createRequire } from "node:module"
import { bagelsIn, cafes, type Order } from "./work.ts"

/** The part of it that is used; it ships no types. */
type Answer = { json(value: object): void; send(text: string): void }
type Handler = (request: { body: Order }, response: Answer) => void
type Express = {
  disable(setting: string): void
  get(path: string, handler: Handler): void
  post(path: string, parser: unknown, handler: Handler): void
  listen(port: number, host: string): void
}
const express = createRequire(import.meta.url)("express") as { (): Express; json(): unknown }

/** The entity tag, which the others do not make, is off; it would cost Express a hash of each answer. */
const app = express()
app.disable("etag")
app.get("/hello", (_request, response) => response.send("hello"))
app.get("/cafes", (_request, response) => response.json(cafes))
app.post("/orders", express.json(), (request, response) => response.json({ bagels: bagelsIn(request.body) }))
app.listen(Number(process.argv[2]), "127.0.0.1")
