/**
 * Loaded by every process of a drill's service before its own code. Only a supervisor heeds it: while the plant lies in
 * its folder it writes its birth there and kills itself, before it has done anything.
 */
import { closeSync, constants, openSync, writeSync } from "node:fs"
import { fileURLToPath } from "node:url"

/** Relative to the project folder, where a supervisor is born. */
export const birthsFile = ".banyan/run/crash-at-birth.ndjson"

const supervisorEntry = fileURLToPath(new URL("../../boot/supervisor.ts", import.meta.url))

if (process.argv[1] === supervisorEntry && writeBirth()) process.kill(process.pid, "SIGKILL")

/** False when nothing is planted: the file is only made by whoever plants. */
function writeBirth(): boolean {
  const line = `${JSON.stringify({ pid: process.pid, atMs: Date.now() })}\n`
  try {
    const file = openSync(birthsFile, constants.O_WRONLY | constants.O_APPEND)
    writeSync(file, line)
    closeSync(file)
    return true
  } catch {
    return false
  }
}
