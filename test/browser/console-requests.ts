import assert from "node:assert/strict"
import type { Page } from "playwright-core"
import { screenshotAt } from "./browser.ts"
import { goTo } from "./console-page.ts"
import { violations } from "./violations.ts"

/** Answers who answers; below /api/cafes it asks the database before. */
export const askingApp = `export default {
  name: "tiny",
  web: ({ db }) => ({
    async fetch(request) {
      const { pathname, searchParams } = new URL(request.url)
      if (pathname === "/api/cafes")
        await db.selectFrom("pg_class").select("relname").where("relname", "=", searchParams.get("q")).execute()
      return new Response(String(process.pid))
    },
  }),
}
`

/** A request of the service that is sure to be kept, found in the list and read step by step. */
export async function readsARequest(page: Page, port: number): Promise<void> {
  const ask = (path: string, headers: Record<string, string>) =>
    fetch(`http://127.0.0.1:${port}${path}`, { headers })
  const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
  // So many that both kinds of instances kept one of them among what was sampled.
  for (let at = 0; at < 6; at++)
    assert.equal((await ask("/api/cafes?q=opensesame&limit=5", { traceparent })).status, 200)
  await ask("/api/%3Cscript%3Ealert(1)%3C/script%3E", { traceparent })
  await goTo(page, "r")
  await page.getByRole("button", { name: "sampled" }).click()
  assert.match(page.url(), /\/requests\?kept=sampled$/)
  const rows = page.locator("tbody tr")
  await rows.filter({ hasText: "script" }).first().waitFor()
  const row = rows
    .filter({ hasText: "/api/cafes?q=…&limit=…" })
    .filter({ hasText: /web-|app-/ })
    .first()
  await row.waitFor()
  await page.screenshot({ path: screenshotAt("console/requests-filled"), fullPage: true })
  assert.deepEqual(await violations(page), [])

  await row.getByRole("link").click()
  await page.locator('.waterfall [data-kind="query"] code').first().waitFor()
  // The parts of both kinds of instances: on a busy machine one of them answers later.
  await page.locator(".waterfall li").nth(4).waitFor()
  assert.doesNotMatch((await page.locator("main").textContent()) ?? "", /opensesame/)
  const id = /\/requests\/([^/]+)$/.exec(page.url())?.[1]
  assert.equal(
    await page.getByRole("link", { name: "View logs" }).getAttribute("href"),
    `/logs?request=${id}`,
  )
  const { width, height } = page.viewportSize()!
  for (const narrower of [width, 390]) {
    await page.setViewportSize({ width: narrower, height })
    await page.screenshot({ path: screenshotAt(`console/request-${narrower}`), fullPage: true })
    assert.deepEqual(await violations(page), [], `${narrower} px`)
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    assert.ok(overflow <= 0, `${overflow} px too wide`)
  }
  await page.setViewportSize({ width, height })
  // It is in the address alone: a reload reads it again.
  await page.reload()
  await page.locator(".waterfall li").first().waitFor()
}
