import { fork } from "node:child_process"
import { fileURLToPath } from "node:url"
import { messageOf } from "../kit/errors.ts"
import type { Issued, OrderRequest, OrderSteps } from "./acme.ts"
import { acmeError } from "./acme-errors.ts"
import { done, type OrderMessage } from "./order-messages.ts"

const entryPoint = fileURLToPath(new URL("./order-process.ts", import.meta.url))
/** An order asks dozens of times at most; what takes longer hangs. */
const orderTimeoutMs = 5 * 60_000

/** `orderCertificate` in a process of its own. `signal` ends it where it stands. Throws BN1601 to BN1610. */
export async function orderInProcess(
  request: OrderRequest,
  steps: OrderSteps,
  signal: AbortSignal,
): Promise<Issued> {
  const child = fork(entryPoint, [], { execArgv: [], stdio: ["ignore", "ignore", "inherit", "ipc"] })
  const ended = new Promise(resolve => child.once("exit", resolve))
  const { promise, resolve, reject } = Promise.withResolvers<Issued>()
  const fail = (error: unknown) => reject(acmeError("BN1610", { reason: messageOf(error) }, error))
  const step = (work: Promise<void>) => work.then(() => void child.send(done, () => {}), fail)
  child.on("message", (message: OrderMessage) => {
    if (message.type === "keep") void step(steps.keep(message.begun))
    else if (message.type === "publish") void step(steps.publish(message.challenges))
    else if (message.type === "issued") resolve(message.issued)
    else reject(acmeError(message.code, message.details))
  })
  child.once("error", fail)
  child.once("exit", (code, by) => fail(new Error(`its process ended (${by ?? code})`)))
  child.send(request, error => error && fail(error))
  const late = setTimeout(() => reject(acmeError("BN1606", { timeoutMs: orderTimeoutMs })), orderTimeoutMs)
  const giveUp = () => fail(new Error("the control plane leaves"))
  signal.addEventListener("abort", giveUp)
  if (signal.aborted) giveUp()
  try {
    return await promise
  } finally {
    clearTimeout(late)
    signal.removeEventListener("abort", giveUp)
    child.kill("SIGKILL")
    // One that could not be started at all has no end.
    if (child.pid !== undefined) await ended
  }
}
