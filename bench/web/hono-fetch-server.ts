import { serve } from "@hono/node-server"
import app from "./app.ts"

/** Hono's server with the very handler that ours hosts, without Hono's router. */
const { fetch } = await app.web({} as Parameters<typeof app.web>[0], () => {})
serve({ fetch, port: Number(process.argv[2]), hostname: "127.0.0.1" })
