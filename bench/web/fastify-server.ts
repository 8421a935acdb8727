import { fastify } from "fastify"
import { bagelsIn, cafes, type Order } from "./work.ts"

const app = fastify({ logger: false })
app.get("/hello", (_request, reply) => reply.send("hello"))
app.get("/cafes", (_request, reply) => reply.send(cafes))
app.post("/orders", (request, reply) => reply.send({ bagels: bagelsIn(request.body as Order) }))
await app.listen({ port: Number(process.argv[2]), host: "127.0.0.1" })
