/** The agent's log: one JSON line each, on stdout, which whoever started it appends to `.banyan/logs/agent.log`. */
export type AgentLog = {
  info(details: object, message: string): void
  error(details: object, message: string): void
}

export function createAgentLog(): AgentLog {
  // A full disk must not end the parent of every process.
  process.stdout.on("error", () => {})
  const write = (level: number, details: object, msg: string) => {
    const line = { level, time: new Date().toISOString(), id: "agent", ...plain(details), msg }
    process.stdout.write(`${JSON.stringify(line)}\n`)
  }
  return { info: (details, msg) => write(30, details, msg), error: (details, msg) => write(50, details, msg) }
}

/** Errors have no enumerable fields; say what they say. */
function plain(details: object): object {
  return Object.fromEntries(
    Object.entries(details).map(([key, value]) => [
      key,
      value instanceof Error ? { message: value.message, stack: value.stack } : value,
    ]),
  )
}
