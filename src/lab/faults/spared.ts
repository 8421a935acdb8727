import { rmSync, writeFileSync } from "node:fs"
import type { Fault } from "./fault.ts"
import { type Spared, sparedFile } from "./spared-file.ts"

/** What every process of the service must load (`preload`), so that one of them can be spared. */
export const spareProcessesUrl = new URL("./spare-processes.ts", import.meta.url).href

/** No process of this folder's service (the working directory) can end this one, nor its children. */
export function sparedFault(subject: string, root: number): Fault {
  return {
    name: "spare",
    subject,
    detail: `no signal of the service reaches ${root} and its children`,
    async strike() {
      const spared: Spared = { holder: process.pid, root }
      writeFileSync(sparedFile, JSON.stringify(spared), { mode: 0o600 })
    },
    heal: async () => rmSync(sparedFile, { force: true }),
  }
}
