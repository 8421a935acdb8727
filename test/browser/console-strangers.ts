import assert from "node:assert/strict"
import type { Browser } from "playwright-core"
import { until } from "../integration/until.ts"

/** A foreign name for this host, a page of another origin, a frame: none of them gets at the console. */
export async function refusesStrangers(
  browser: Browser,
  admin: { readonly url: string; readonly token: string },
  servicePort: number,
): Promise<void> {
  const port = new URL(admin.url).port
  const page = await browser.newPage()
  const rebound = await page.goto(`http://evil.example:${port}/`)
  assert.equal(rebound?.status(), 421)
  // The service itself is another origin on this very host.
  await page.goto(`http://127.0.0.1:${servicePort}/`)
  const asked = await page.evaluate(async ({ url, token }) => {
    const headers = { authorization: `Bearer ${token}` }
    return fetch(`${url}/api/state`, { headers }).then(
      answer => `answered ${answer.status}`,
      () => "blocked",
    )
  }, admin)
  assert.equal(asked, "blocked")
  await page.evaluate(url => {
    document.body.append(Object.assign(document.createElement("iframe"), { src: url }))
  }, admin.url)
  const isRefused = () => page.frames().some(frame => frame.url().startsWith("chrome-error:"))
  await until("the frame's refusal", isRefused)
  await page.close()
}
