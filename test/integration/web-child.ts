/**
 * `node web-child.ts <socket> <id>`: a web instance without a service around it, in a map as active. Its app takes a moment
 * for each request. Prints a line when it serves, and leaves at SIGTERM as an instance does.
 */
import { setTimeout as sleep } from "node:timers/promises"
import { systemClock } from "../../src/kit/node/system-clock.ts"
import { mapOf, quietLog } from "../../src/tiers/edge/testing/edge-fixture.ts"
import { createWeb } from "../../src/tiers/web/create-web.ts"

const [path, id] = process.argv.slice(2) as [string, string]
const drainTimeoutMs = 2_000
const mostMs = 3

const web = createWeb({
  id,
  app: {
    async fetch(request) {
      await request.text()
      await sleep(Math.random() * mostMs)
      return new Response("taken")
    },
  },
  limits: { maxBodyBytes: 1024, keepAliveMs: 75_000, headTimeoutMs: 10_000 },
  clock: systemClock,
  log: quietLog,
})
await web.listen({ path })
web.apply(mapOf([{ id, address: { path } }]))
process.on("SIGTERM", () => web.stop(drainTimeoutMs).then(() => process.exit()))
process.stdout.write("serves\n")
