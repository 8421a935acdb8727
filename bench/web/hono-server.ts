import { serve } from "@hono/node-server"
import { Hono } from "hono"
import { bagelsIn, cafes, type Order } from "./work.ts"

const app = new Hono()
app.get("/hello", context => context.text("hello"))
app.get("/cafes", context => context.json(cafes))
app.post("/orders", async context => context.json({ bagels: bagelsIn(await context.req.json<Order>()) }))
serve({ fetch: app.fetch, port: Number(process.argv[2]), hostname: "127.0.0.1" })
