import assert from "node:assert/strict"
import type { Locator, Page } from "playwright-core"
import { screenshotAt } from "./browser.ts"

/** The load panel of the picture, for those who use it. */

const panel = (page: Page): Locator => page.getByRole("region", { name: "Load" })
const slider = (page: Page): Locator => panel(page).getByRole("slider")
export const seen = (page: Page, name: string): Locator => panel(page).locator(`[data-seen="${name}"] dd`)

export async function startsLoad(page: Page): Promise<void> {
  await panel(page).getByRole("button", { name: "Start load" }).click()
  await seen(page, "sent").waitFor()
}

export async function endsLoad(page: Page): Promise<void> {
  await panel(page).getByRole("button", { name: "End load" }).click()
  await panel(page).getByRole("button", { name: "Start load" }).waitFor()
}

/** What the generator counted as failed so far, why, and how much it sent. */
export async function countedBy(page: Page): Promise<{ failed: number; sent: number; why: string }> {
  const words = (await seen(page, "in all").textContent()) ?? ""
  const [failed, sent] = words.replaceAll(",", "").match(/\d+/g)!.map(Number)
  const why = (await panel(page).locator('[data-seen="in all"]').getAttribute("title")) ?? ""
  return { failed: failed!, sent: sent!, why }
}

/** By keys in one tab, seen and ended in another. */
export async function loadsFromTwoTabs(page: Page, other: Page): Promise<void> {
  await startsLoad(page)
  await slider(page).focus()
  const before = await slider(page).getAttribute("aria-valuetext")
  for (let places = 0; places < 3; places++) await page.keyboard.press("ArrowRight")
  const asked = await slider(page).getAttribute("aria-valuetext")
  assert.notEqual(asked, before)
  await other.waitForFunction(
    rate => document.querySelector(".load-panel [type=range]")?.getAttribute("aria-valuetext") === rate,
    asked,
  )
  await seen(other, "95 % in").waitFor()
  await page.screenshot({ path: screenshotAt("console/load"), fullPage: true })
  const { failed, why } = await countedBy(other)
  assert.equal(failed, 0, `failed: ${why}`)
  await endsLoad(other)
  await panel(page).getByRole("button", { name: "Start load" }).waitFor()
}
