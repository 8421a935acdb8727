import type { Locator, Page } from "playwright-core"

/** Where things are on the console, for those who look at it. */

export const card = (page: Page, id: string, state?: string): Locator =>
  page.locator(`.card[data-id="${id}"]${state === undefined ? "" : `[data-state="${state}"]`}`)
export const dialog = (page: Page): Locator => page.locator("dialog")
/** The line of a plan that was begun by these words. */
export const planLine = (page: Page, words: string): Locator => page.locator(".plan-line", { hasText: words })
export const status = (page: Page, words: string): Locator => page.locator(".pill", { hasText: words })
/** The process of the instance whose card is open. */
export const pidShown = (page: Page): Promise<string | null> =>
  page.locator(".inspector .facts div", { hasText: "process" }).locator("dd").textContent()
/** How many requests the page says have failed. */
export const failedShown = async (page: Page): Promise<number> =>
  Number(await page.locator(".failed").getAttribute("data-failed"))

/** What is on a page once it has read what it shows. */
export const signs: Readonly<Record<string, string>> = {
  "/": '.card[data-id="app-1"]',
  "/timeline": ".story li",
  "/data": ".servers tbody tr",
  "/logs": ".line",
  "/drills": ".drills tbody tr",
  "/config": "tbody tr",
  "/doctor": ".findings [data-level]",
}

/** Longer than a busy machine takes to copy a database. */
export const growthMs = 180_000

/** Asks for a change and reads its plan first; waits until it is done. */
export async function change(page: Page, name: "Grow" | "Shrink", stage: string): Promise<void> {
  await page.getByRole("button", { name, exact: true }).click()
  await dialog(page).locator(".step").first().waitFor()
  await page.getByRole("button", { name: "Do it" }).click()
  const done = planLine(page, name.toLowerCase()).locator(".chip.done")
  await page.locator(".stage-chip", { hasText: stage }).waitFor({ timeout: growthMs })
  await done.waitFor({ timeout: growthMs })
  await status(page, "settled").waitFor({ timeout: growthMs })
}

/** The page lets `g` wait for its letter so long (console/frame/chords.ts). */
const chordMs = 1_500

/** To another page by its key. Whoever is slower than a chord may be presses both again. */
export async function goTo(page: Page, key: string): Promise<void> {
  for (let tookMs = Number.POSITIVE_INFINITY; tookMs >= chordMs; ) {
    const begunMs = performance.now()
    await page.keyboard.press("g")
    await page.keyboard.press(key)
    tookMs = performance.now() - begunMs
  }
}

/** That somebody asked for it at the console. */
export async function readsInAudit(page: Page, asked: readonly string[]): Promise<void> {
  await goTo(page, "a")
  for (const words of asked)
    await page.locator("tbody tr", { hasText: words }).filter({ hasText: "console" }).first().waitFor()
}
