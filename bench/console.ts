import { setTimeout as sleep } from "node:timers/promises"
import { startBrowser } from "../test/browser/browser.ts"
import { instances, serveSixty, updatesPerSecond } from "./console/sixty.ts"
import { type Bench, compare } from "./harness.ts"

const rounds = Number(process.env["BANYAN_BENCH_ROUNDS"] ?? 4)
const roundMs = 30_000
/** Cards have appeared, code is warm. */
const warmUpMs = 8_000

/** What the living picture costs whoever looks at it: CPU time of the browser's processes, as the browser counts it. */
export const bench: Bench = {
  says: "the console's home with 60 instances and 10 updates a second: CPU of the browser (Debian's chromium)",
  async run(say) {
    const service = await serveSixty()
    const browser = await startBrowser()
    try {
      const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
      await page.goto(service.url)
      await page
        .locator(".card")
        .nth(instances - 1)
        .waitFor()
      const session = await browser.newBrowserCDPSession()
      const used = async (isMeant: (type: string) => boolean) => {
        const { processInfo } = await session.send("SystemInfo.getProcessInfo")
        return processInfo.reduce((sum, { type, cpuTime }) => sum + (isMeant(type) ? cpuTime : 0), 0)
      }
      await sleep(warmUpMs)
      const figures = { renderer: [] as number[], all: [] as number[] }
      for (let round = 1; round <= rounds; round++) {
        const before = { renderer: await used(type => type === "renderer"), all: await used(() => true) }
        const startedMs = performance.now()
        await sleep(roundMs)
        const seconds = (performance.now() - startedMs) / 1000
        const share = (after: number, from: number) => Math.round(((after - from) / seconds) * 1000) / 10
        figures.renderer.push(share(await used(type => type === "renderer"), before.renderer))
        figures.all.push(share(await used(() => true), before.all))
        say(
          `${round}/${rounds}  renderer ${figures.renderer.at(-1)} %, all ${figures.all.at(-1)} % of a core`,
        )
      }
      const name = `chromium, headless, ${instances} instances, ${updatesPerSecond} updates/s, 1440 x 900, 30 s a round`
      const side = (values: readonly number[]) => ({
        name: "the console's home",
        version: browser.version(),
        configuration: name,
        values,
      })
      return [
        compare("the page's process under 15 % of a core", "%", side(figures.renderer), null),
        compare("all of the browser's processes together", "%", side(figures.all), null),
      ]
    } finally {
      await browser.close()
      await service.close()
    }
  },
}
