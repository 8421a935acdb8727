import { closeSync, openSync, readFileSync, rmSync, statSync, utimesSync, writeSync } from "node:fs"
import { hostname } from "node:os"
import { fileProblem, say } from "./problem.mjs"

const heartbeatMs = 2_000
/** A holder on another host (a shared folder, a container) cannot be asked whether it lives; its silence tells. */
const silentMs = 30_000

/**
 * Runs `work` while no other process does the same in this checkout. The lock is a file with the holder's host and
 * pid, touched while it is held; the lock of a dead holder is broken.
 */
export async function withLock(path, work) {
  let waited = false
  while (!tryTake(path)) {
    if (isStale(path)) {
      breakStale(path)
      continue
    }
    if (!waited) say("another start is preparing this checkout; waiting for it")
    waited = true
    await new Promise(resolve => setTimeout(resolve, 200))
  }
  const heartbeat = setInterval(() => touch(path), heartbeatMs)
  try {
    return await work()
  } finally {
    clearInterval(heartbeat)
    rmSync(path, { force: true })
  }
}

function tryTake(path) {
  try {
    const file = openSync(path, "wx", 0o600)
    try {
      writeSync(file, `${hostname()} ${process.pid}`)
    } finally {
      closeSync(file)
    }
    return true
  } catch (error) {
    if (error.code === "EEXIST") return false
    throw fileProblem(path, error)
  }
}

function isStale(path) {
  try {
    const ageMs = Date.now() - statSync(path).mtimeMs
    const [host, pid] = readFileSync(path, "utf8").split(" ")
    if (pid === undefined) return ageMs > heartbeatMs
    return host === hostname() ? !isAlive(Number(pid)) : ageMs > silentMs
  } catch {
    return false
  }
}

/** Of several waiters only one may break: a second would remove the lock that the first has taken meanwhile. */
function breakStale(path) {
  const guard = `${path}.break`
  try {
    closeSync(openSync(guard, "wx", 0o600))
  } catch {
    try {
      if (Date.now() - statSync(guard).mtimeMs > silentMs) rmSync(guard, { force: true })
    } catch {
      // Somebody else's guard has gone meanwhile: look again.
    }
    return
  }
  try {
    if (isStale(path)) rmSync(path, { force: true })
  } finally {
    rmSync(guard, { force: true })
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === "EPERM"
  }
}

function touch(path) {
  try {
    utimesSync(path, new Date(), new Date())
  } catch {
    // The folder was removed under us; the work itself will say so.
  }
}
