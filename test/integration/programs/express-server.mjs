import express from "express"
import pg from "pg"
import { WebSocketServer } from "ws"

/** A plain Express service that has never heard of Banyan. */
const app = express()
app.get("/", (_request, response) => response.send(String(process.pid)))
app.post("/echo", express.text(), (request, response) => response.send(request.body))
app.get("/setting", (request, response) => response.send(process.env[request.query.name] ?? ""))
app.get("/events", (_request, response) => {
  response.set("content-type", "text/event-stream")
  response.write(`data: ${process.pid}\n\n`)
})
app.get("/database", async (_request, response) => {
  const client = new pg.Client({ connectionString: process.env.DATABASE_URL })
  await client.connect()
  const { rows } = await client.query(
    "select current_user as name, current_setting('cluster_name') as server, pg_is_in_recovery() as recovering",
  )
  await client.end()
  const [{ name, server, recovering }] = rows
  response.send(`${name} ${server} ${recovering ? "reads" : "writes"}`)
})

const server = app.listen(Number(process.env.PORT), process.env.HOST)
new WebSocketServer({ server }).on("connection", socket => {
  socket.send("welcome")
  socket.on("message", data => socket.send(`${process.pid} heard ${data}`))
})
