import { setTimeout as sleep } from "node:timers/promises"

/** What one instance works on at once, and how long: this and not the processor is what it can take. */
export const slots = 20
export const workMs = 100

/** An app of known capacity. Who comes while all slots are taken waits inside it, as in any pool without a bound. */
export default {
  name: "slots",
  web: () => {
    const line: Array<() => void> = []
    let busy = 0
    const large = new Uint8Array(64 * 1024).fill(0x61)
    const work = async () => {
      if (busy === slots) await new Promise<void>(resolve => line.push(resolve))
      else busy++
      await sleep(workMs)
      const next = line.shift()
      if (next === undefined) busy--
      else next()
      return new Response("done")
    }
    return {
      fetch: async (request: Request) => {
        const { pathname } = new URL(request.url)
        if (pathname === "/work") return work()
        if (pathname === "/large") return new Response(large)
        return new Response(`${(await request.arrayBuffer()).byteLength} bytes taken`)
      },
    }
  },
}
