import type { Browser, BrowserContext, Page } from "playwright-core"
import { screenshotAt } from "./browser.ts"
import { violations } from "./violations.ts"

/** Longer than anything takes on a busy machine. */
const patienceMs = 60_000

export type Look = { readonly width: 390 | 1440; readonly colorScheme: "light" | "dark" }

/** A reader with a browser profile of their own, who notices everything that goes wrong on the way. */
export class Reader {
  readonly context: BrowserContext
  readonly page: Page
  /** What must not happen: errors of the page or of its rules, and requests to anybody else. */
  readonly mishaps: string[] = []
  readonly #look: Look

  private constructor(context: BrowserContext, page: Page, look: Look, origin: string) {
    this.context = context
    this.page = page
    this.#look = look
    page.on("pageerror", error => this.mishaps.push(`error: ${error.message}`))
    page.on("dialog", async dialog => {
      this.mishaps.push(`a dialog was opened: ${dialog.message()}`)
      await dialog.dismiss()
    })
    page.on("console", message => {
      // A refusal of the API is told in the console by the browser, and on the page by us.
      const isRefusal = /^Failed to load resource/.test(message.text())
      if (message.type() === "error" && !isRefusal) this.mishaps.push(`console: ${message.text()}`)
    })
    context.on("request", request => {
      if (!request.url().startsWith(`${origin}/`)) this.mishaps.push(`asked elsewhere: ${request.url()}`)
    })
  }

  static async arrive(browser: Browser, origin: string, look: Look): Promise<Reader> {
    const { width, colorScheme } = look
    const isPhone = width === 390
    const context = await browser.newContext({
      baseURL: origin,
      viewport: { width, height: isPhone ? 844 : 900 },
      ...{ isMobile: isPhone, hasTouch: isPhone, colorScheme, locale: "en-US", reducedMotion: "reduce" },
    })
    context.setDefaultTimeout(patienceMs)
    return new Reader(context, await context.newPage(), look, origin)
  }

  /**
   * A picture of the view as it is, and what is wrong with it: rules of accessibility that are broken (axe), and
   * whatever makes the page wider than the screen.
   */
  async look(name: string): Promise<string[]> {
    const { width, colorScheme } = this.#look
    await this.page.screenshot({ path: screenshotAt(`beigel/${name}-${width}-${colorScheme}`) })
    const wrong = await violations(this.page)
    return wrong.map(words => `${name} ${width} ${colorScheme}: ${words}`)
  }
}
