import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { ScratchService } from "../src/lab/scratch-service.ts"

const app = resolve(import.meta.dirname, "../apps/beigel/app.ts")

/** Beigel as a service of its own, in a temporary folder that is this process's working directory meanwhile. */
export async function withBeigel<T>(name: string, work: (service: ScratchService) => Promise<T>): Promise<T> {
  const home = mkdtempSync(join(tmpdir(), `banyan-${name}-`))
  const cwd = process.cwd()
  process.chdir(home)
  try {
    const service = await ScratchService.start(name, { app, drainTimeoutMs: 1000 })
    try {
      return await work(service)
    } finally {
      await service.end(false)
    }
  } finally {
    process.chdir(cwd)
    rmSync(home, { recursive: true, force: true })
  }
}
