import { createServer } from "node:net"
import { driversError } from "../drivers-errors.ts"

/** Below the range from which systems give outgoing connections their ports: one of those would be in the way. */
const leastPort = 20_000
const mostPort = 29_999
const mostTries = 100

/** Ports for programs that are told where to listen. Each holder has one; the same port is not given to two of them. */
export class FreePorts {
  readonly #host: string
  readonly #given = new Map<string, number>()

  constructor(host: string) {
    this.#host = host
  }

  /** A port nobody listens on just now; the holder's last one is given back. Throws BN1414. */
  async take(holder: string): Promise<number> {
    this.#given.delete(holder)
    for (let left = mostTries; left > 0; left--) {
      const port = leastPort + Math.floor(Math.random() * (mostPort - leastPort + 1))
      if ([...this.#given.values()].includes(port)) continue
      this.#given.set(holder, port)
      if (await isFree(this.#host, port)) return port
    }
    this.#given.delete(holder)
    throw driversError("BN1414", { holder, host: this.#host, leastPort, mostPort })
  }
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise(resolve => {
    const server = createServer()
    server.once("error", () => resolve(false))
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)))
  })
}
