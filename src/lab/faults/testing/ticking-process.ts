/** Says its pid again and again; given a depth, two children do so too, each with one level less below it. */
import { spawn } from "node:child_process"

const depth = Number(process.argv[2] ?? 0)
if (depth > 0)
  for (let nth = 0; nth < 2; nth++)
    spawn(process.execPath, [process.argv[1]!, String(depth - 1)], { stdio: "inherit" })
setInterval(() => process.stdout.write(`${process.pid}\n`), 5)
