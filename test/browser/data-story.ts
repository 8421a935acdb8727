import assert from "node:assert/strict"
import type { Page } from "playwright-core"
import { screenshotAt } from "./browser.ts"
import { readsInAudit } from "./console-page.ts"

/** A cell that a page must show as the text it is. */
const hostileCell = `<img src=x onerror="document.title='owned'"> \u202eשלום 🌳 ${"y".repeat(500)}`

/** The databases as they are, a question to one, one that is refused, one that is cancelled; and that all were written down. */
export async function asksTheDatabase(page: Page): Promise<void> {
  const row = page.locator(".servers tbody tr", { hasText: "postgres-1" })
  await row.filter({ hasText: "primary" }).waitFor()
  const statement = page.getByRole("textbox", { name: "Statement" })
  await statement.fill(
    `select '${hostileCell.replaceAll("'", "''")}' as "<b>cell</b>", null as nothing, 7 as n`,
  )
  await statement.press("Control+Enter")
  const answer = page.locator(".answer")
  await answer.getByText("<img src=x").waitFor()
  assert.deepEqual(await answer.locator("td").allTextContents(), [hostileCell, "null", "7"])
  assert.equal(await answer.locator("img, b").count(), 0)
  await page.getByRole("combobox", { name: "Rows" }).selectOption("20")
  await statement.fill("select generate_series(1, 1000000000) as n, now() as at")
  await page.getByRole("button", { name: "Run", exact: true }).click()
  await page.getByText("20 rows, and there are more").waitFor()
  assert.match(page.url(), /\bsql=select.*\brows=20|\brows=20.*\bsql=select/)
  await page.screenshot({ path: screenshotAt("console/data-asked"), fullPage: true })

  await statement.fill("drop table users")
  await statement.press("Control+Enter")
  await page.getByRole("alert").filter({ hasText: "BN2290" }).waitFor()
  await page.getByRole("combobox", { name: "Time" }).selectOption("60000")
  await statement.fill("select pg_sleep(59)")
  await statement.press("Control+Enter")
  await page.getByRole("button", { name: "Running now" }).click()
  await page.locator("td.statement", { hasText: "pg_sleep(59)" }).waitFor()
  await page.getByRole("button", { name: "Cancel" }).click()
  await page.getByText("Nothing runs at this moment.").waitFor()

  await page.locator("main").focus()
  await readsInAudit(page, [
    "sql postgres-1: select generate_series",
    "drop table users",
    "select pg_sleep(59)",
  ])
}
