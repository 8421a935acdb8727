/**
 * Entry point of a process that carries out one order. The client library is 50 packages and 38 MB once it is loaded: it
 * lives here alone, for the seconds of an order, and the control plane's loop never waits for it. The account's key comes by
 * message: it is in no argument and no environment.
 */
import { once } from "node:events"
import { isBanyanError, messageOf } from "../kit/errors.ts"
import type { OrderRequest } from "./acme.ts"
import { orderCertificate } from "./order-certificate.ts"
import type { AcmeCode, OrderMessage } from "./order-messages.ts"

// Who ordered has died: the next one goes on.
process.once("disconnect", () => process.exit(1))

const heard = async <T>() => (await once(process, "message"))[0] as T
const tell = (message: OrderMessage) => new Promise<void>(resolve => process.send?.(message, () => resolve()))
const ask = async (message: OrderMessage) => {
  const answered = heard()
  await tell(message)
  await answered
}

try {
  const issued = await orderCertificate(await heard<OrderRequest>(), {
    keep: begun => ask({ type: "keep", begun }),
    publish: challenges => ask({ type: "publish", challenges }),
  })
  await tell({ type: "issued", issued })
} catch (error) {
  const isOurs = isBanyanError(error)
  await tell({
    type: "failed",
    code: isOurs ? (error.code as AcmeCode) : "BN1610",
    details: isOurs ? error.details : { reason: messageOf(error) },
  })
}
