import assert from "node:assert/strict"
import { appendFileSync } from "node:fs"
import type { Page } from "playwright-core"
import type { ScratchProject } from "../integration/scratch-project.ts"
import { startWindow } from "./browser.ts"

/** A log of its own beside those of the processes. */
const log = "web-8"
/** More than could be opened were each to hold its two connections: a browser grants six. */
const tabs = 5

/** In one window, where only the tab in front is seen: the others hold no connection, and go on when they are looked at. */
export async function opensManyTabs(
  admin: { url: string; token: string },
  project: ScratchProject,
): Promise<void> {
  const write = (text: string) => appendFileSync(project.at(`.banyan/logs/${log}.log`), `${text}\n`)
  const line = (page: Page, text: string) => page.locator(".line", { hasText: text })
  write("before any tab")
  const { context, close } = await startWindow()
  try {
    const opened: Page[] = []
    for (let nth = 0; nth < tabs; nth++) {
      const page = await context.newPage()
      opened.push(page)
      await page.goto(`${admin.url}/logs?of=${log}#token=${admin.token}`)
      await line(page, "before any tab").waitFor()
    }
    const hidden = await Promise.all(opened.map(page => page.evaluate(() => document.hidden)))
    assert.deepEqual(hidden, [true, true, true, true, false])
    const [first, last] = [opened[0]!, opened.at(-1)!]
    write("one tab looks")
    await line(last, "one tab looks").waitFor()
    assert.equal(await line(first, "one tab looks").count(), 0)
    await first.bringToFront()
    await line(first, "one tab looks").waitFor()
    assert.equal(await line(first, "before any tab").count(), 1)
    await first.locator(".pill", { hasText: "settled" }).waitFor()
  } finally {
    await close()
  }
}
