import type { Locator, Page } from "playwright-core"

/** Where things are on Beigel's page, for those who look at it. */

export const password = "everything but the hole"

const title = (page: Page): Locator => page.locator("main h1")
export const rows = (page: Page): Locator => page.locator(".cafe-row")
export const posts = (page: Page): Locator => page.locator(".post:not(.draft)")
export const button = (page: Page, name: string | RegExp): Locator =>
  page.getByRole("button", { name, exact: typeof name === "string" })
export const tab = (page: Page, name: string): Locator =>
  page.getByRole("navigation").getByRole("link", { name })
/** The card in which somebody's words stand. */
export const postWith = (page: Page, text: string): Locator => posts(page).filter({ hasText: text })

export async function titleWith(page: Page, words: string): Promise<void> {
  await title(page).filter({ hasText: words }).waitFor()
}
