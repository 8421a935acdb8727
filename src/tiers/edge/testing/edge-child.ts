import { createInterface } from "node:readline"
import { systemClock } from "../../../kit/node/system-clock.ts"
import { createEdge } from "../create-edge.ts"
import { quietLog } from "./edge-fixture.ts"

/** A front door in a process of its own, born with the shared socket as fd 3: maps come in as lines, reports go out. */
const edge = createEdge({
  id: process.argv[2]!,
  listen: { fd: 3 },
  limits: {},
  clock: systemClock,
  random: Math.random,
  accessLog() {},
  log: quietLog,
})
const report = () => process.stdout.write(`${JSON.stringify({ ...edge.report(), ready: edge.ready })}\n`)
edge.onChange(report)
createInterface({ input: process.stdin }).on("line", line => {
  edge.apply(JSON.parse(line)).then(report, error => {
    process.stderr.write(`${error}\n`)
    process.exitCode = 1
  })
})
