import { type ChildProcess, spawn } from "node:child_process"
import net from "node:net"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import type { ServiceMap } from "../../../wire/map.ts"
import type { FrontReport } from "../../../wire/report.ts"
import { until } from "./edge-fixture.ts"

/** Where cleaning up is registered: a test, or a bench. */
export type Cleaner = { after(clean: () => unknown): void }

type Handle = { fd: number; getsockname(out: { port?: number }): number; close(): void }

/** A bound socket that this process neither listens on nor accepts from. */
export function sharedSocket(t: Cleaner, wantedPort = 0): { fd: number; port: number } {
  const create = (net as unknown as { _createServerHandle(host: string, port: number, type: number): Handle })
    ._createServerHandle
  const handle = create("127.0.0.1", wantedPort, 4)
  t.after(() => handle.close())
  const name: { port?: number } = {}
  handle.getsockname(name)
  return { fd: handle.fd, port: name.port! }
}

type EdgeReport = FrontReport & { readonly ready: boolean }

/** A front door in a process of its own. */
export class EdgeProcess {
  readonly id: string
  readonly child: ChildProcess
  report: EdgeReport | undefined
  errors = ""
  #exited = false
  #heard = () => {}

  constructor(t: Cleaner, id: string, fd: number) {
    this.id = id
    const script = fileURLToPath(new URL("./edge-child.ts", import.meta.url))
    this.child = spawn(process.execPath, [script, id], { stdio: ["pipe", "pipe", "pipe", fd] })
    this.child.once("exit", () => {
      this.#exited = true
    })
    this.child.stderr!.on("data", text => {
      this.errors += text
    })
    createInterface({ input: this.child.stdout! }).on("line", line => {
      this.report = JSON.parse(line)
      this.#heard()
    })
    t.after(() => this.kill())
  }

  send(map: ServiceMap): void {
    this.child.stdin!.write(`${JSON.stringify(map)}\n`)
  }

  /** Resolves with the report that shows it; one waits at a time. */
  async reaches(wish: (report: EdgeReport) => boolean): Promise<void> {
    while (this.report === undefined || !wish(this.report))
      await new Promise<void>(resolve => {
        this.#heard = resolve
      })
  }

  async kill(): Promise<void> {
    this.child.kill("SIGKILL")
    await until(() => this.#exited)
  }
}
