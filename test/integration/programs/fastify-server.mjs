import fastify from "fastify"

/** A plain Fastify service that closes in order when it is told to. */
const server = fastify()
server.get("/", async () => String(process.pid))
server.post("/echo", async request => request.body)
process.on("SIGTERM", () => void server.close())
await server.listen({ port: Number(process.env.PORT), host: process.env.HOST })
