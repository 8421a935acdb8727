import { fileURLToPath } from "node:url"
import type { Browser, BrowserContext } from "playwright-core"

/** A screen, and how many times slower than this machine its CPU is; `everyNth`: how often it is looked at. */
export type Screen = {
  readonly width: number
  readonly height: number
  readonly slowdown: number
  readonly everyNth: number
}

/**
 * Milliseconds since the navigation began. `usable`: the list of cafés is on the screen, and a click at that moment is answered;
 * `answered`: the café's own view is there, too.
 */
export type FirstView = {
  readonly paintMs: number
  readonly largestMs: number
  readonly usableMs: number
  readonly answeredMs: number
}

const watcher = fileURLToPath(new URL("./watch-page.js", import.meta.url))

/** With a profile in which nothing is, then with what that left there: cache, compiled scripts, worker. */
export async function visitTwice(
  browser: Browser,
  url: string,
  { width, height, slowdown }: Screen,
): Promise<{ readonly cold: FirstView; readonly warm: FirstView }> {
  const isPhone = width < 600
  const context = await browser.newContext({
    viewport: { width, height },
    ...{ isMobile: isPhone, hasTouch: isPhone, locale: "en-US" },
  })
  try {
    await context.addInitScript({ path: watcher })
    const cold = await visit(context, url, slowdown)
    return { cold, warm: await visit(context, url, slowdown) }
  } finally {
    await context.close()
  }
}

async function visit(context: BrowserContext, url: string, slowdown: number): Promise<FirstView> {
  const page = await context.newPage()
  const session = await context.newCDPSession(page)
  await session.send("Emulation.setCPUThrottlingRate", { rate: slowdown })
  await page.goto(url)
  const seen = await page.evaluate<FirstView>("firstView")
  await page.evaluate("navigator.serviceWorker.ready.then(() => {})")
  await page.close()
  return seen
}
