import { execFileSync, spawn } from "node:child_process"
import { writeFileSync } from "node:fs"
import { get } from "node:http"
import { join, resolve } from "node:path"
import { freePort } from "../src/kit/node/free-port.ts"
import { type Bench, type BenchLine, compare } from "./harness.ts"
import { temporaryFolder, weightOf } from "./processes.ts"

const rounds = 10
const commandLine = resolve(import.meta.dirname, "../src/cli/main.ts")
const app = resolve(import.meta.dirname, "../apps/beigel/app.ts")

/** Warm start: from `up` to the first 200 on the public port, and what the whole stage `single` weighs. */
export const bench: Bench = {
  says: "warm `up` to the first 200, and the memory of stage single",
  async run(say) {
    const folder = temporaryFolder("start")
    // Before the folder goes, for it is known by that. The service is a session of its own: no signal reaches it.
    process.prependOnceListener("exit", () => end(folder))
    const port = await freePort()
    const config = { app, port, adminPort: await freePort() }
    writeFileSync(join(folder, "banyan.config.ts"), `export default ${JSON.stringify(config)}\n`)
    say("first start: database template, cafés")
    await start(folder, port)
    end(folder)
    const tookMs: number[] = []
    const pssMib: number[] = []
    for (let round = 1; round <= rounds; round++) {
      tookMs.push(await start(folder, port))
      pssMib.push(weightOf(folder).pssMib)
      end(folder)
      say(`${round}/${rounds}  ${tookMs.at(-1)!.toFixed(0)} ms  ${pssMib.at(-1)!.toFixed(0)} MiB`)
    }
    return lines(tookMs, pssMib)
  },
}

function lines(tookMs: readonly number[], pssMib: readonly number[]): BenchLine[] {
  const side = { name: "banyan", version: "0.1.0", configuration: "stage single, Beigel, 3,168 cafés" }
  return [
    compare("warm `up` to the first 200 under 2,000 ms", "ms", { ...side, values: tookMs }, null),
    compare("whole stage single under 300 MB PSS", "MiB", { ...side, values: pssMib }, null),
  ]
}

/** Milliseconds from the command to the first good answer. */
async function start(folder: string, port: number): Promise<number> {
  const startedMs = performance.now()
  const child = spawn(process.execPath, [commandLine, "up", "--detach"], { cwd: folder, stdio: "ignore" })
  const ended = new Promise<number | null>(resolve => child.on("exit", resolve))
  while (!(await answers(port))) {
    if (child.exitCode !== null && child.exitCode !== 0)
      throw new Error("`up` failed; run it by hand to see why")
    await new Promise(resolve => setTimeout(resolve, 5))
  }
  const tookMs = performance.now() - startedMs
  await ended
  return tookMs
}

function answers(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const request = get({
      port,
      host: "127.0.0.1",
      path: "/api/cafes?lat=40.7&lon=-74&limit=1",
      timeout: 1000,
    })
    request.on("response", answer => {
      answer.resume()
      resolve(answer.statusCode === 200)
    })
    request.on("timeout", () => request.destroy())
    request.on("error", () => resolve(false))
  })
}

function end(folder: string): void {
  try {
    execFileSync(process.execPath, [commandLine, "down", "--yes"], { cwd: folder, stdio: "ignore" })
  } catch {
    // Nothing ran.
  }
}
