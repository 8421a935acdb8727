import type { Fault } from "../fault.ts"
import type { Toxic, Ways } from "./toxic.ts"
import type { ToxicProxy } from "./toxic-proxy.ts"

/** Silence; what was held back comes when it is healed. */
export function cutFault(proxy: ToxicProxy, ways: Ways, subject: string): Fault {
  return toxicFault(proxy, ways, subject, "cut", { type: "cut" })
}

export function delayFault(
  proxy: ToxicProxy,
  ways: Ways,
  subject: string,
  delay: { readonly delayMs: number; readonly jitterMs?: number },
): Fault {
  const words = `delay of ${delay.delayMs}${delay.jitterMs === undefined ? "" : `..${delay.delayMs + delay.jitterMs}`} ms`
  return toxicFault(proxy, ways, subject, words, { type: "delay", ...delay })
}

export function slicingFault(
  proxy: ToxicProxy,
  ways: Ways,
  subject: string,
  slicing: { readonly bytes: number; readonly pauseMs: number },
): Fault {
  const words = `slices of ${slicing.bytes} bytes, ${slicing.pauseMs} ms apart`
  return toxicFault(proxy, ways, subject, words, { type: "slicing", ...slicing })
}

export function bandwidthFault(
  proxy: ToxicProxy,
  ways: Ways,
  subject: string,
  bytesPerSecond: number,
): Fault {
  const words = `${bytesPerSecond} bytes a second`
  return toxicFault(proxy, ways, subject, words, { type: "bandwidth", bytesPerSecond })
}

/** The end of a sender of that way is not told to its peer; when it is healed, it is. */
export function halfOpenFault(proxy: ToxicProxy, ways: Ways, subject: string): Fault {
  return toxicFault(proxy, ways, subject, "half-open", { type: "halfOpen" })
}

/** RST to both sides of every connection there is at that moment; there is nothing to heal. */
export function resetFault(proxy: ToxicProxy, subject: string): Fault {
  return {
    name: "reset",
    subject,
    detail: "every connection, toxic proxy",
    async strike() {
      proxy.reset()
    },
    async heal() {},
  }
}

function toxicFault(proxy: ToxicProxy, ways: Ways, subject: string, words: string, toxic: Toxic): Fault {
  let antidote: (() => void) | undefined
  const name = toxic.type === "halfOpen" ? "half-open" : toxic.type
  const how = words === name ? "" : `${words}, `
  return {
    name,
    subject,
    detail: `${how}${ways === "both" ? "both ways" : `${ways} only`}, toxic proxy`,
    async strike() {
      antidote ??= proxy.add(ways, toxic)
    },
    async heal() {
      antidote?.()
      antidote = undefined
    },
  }
}
