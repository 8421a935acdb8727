import assert from "node:assert/strict"
import { until } from "../integration/until.ts"
import { button, password, posts, postWith, rows, tab, titleWith } from "./beigel-page.ts"
import type { Reader } from "./reader.ts"

/** What readers of Beigel meet besides its happy days. Each resolves with what looked wrong on the way. */

export async function opensEveryView(reader: Reader): Promise<string[]> {
  const { page } = reader
  const wrong: string[] = []
  for (const [name, path, sign] of [
    ["near", "/", ".cafe-row"],
    ["feed", "/feed", ".post"],
    ["search", "/search?q=coffee", ".cafe-row"],
    ["welcome", "/you", ".sign-in"],
    ["lost", "/nowhere/at/all", ".empty"],
  ] as const) {
    await page.goto(path)
    await page.locator(sign).first().waitFor()
    wrong.push(...(await reader.look(name)))
  }
  await page.goto("/")
  await rows(page).first().click()
  await page.locator(".about").waitFor()
  return [...wrong, ...(await reader.look("cafe-signed-out"))]
}

export async function losesTheNetwork(reader: Reader): Promise<string[]> {
  const { page, context } = reader
  await page.goto("/")
  await rows(page).first().click()
  await button(page, "Sign in to write").click()
  await page.getByRole("dialog").getByRole("button", { name: "Create account" }).click()
  await page.getByLabel("Handle").fill("poppy-offline")
  await page.getByLabel("Password").fill(password)
  await page.locator("form.sign-in .wide").click()
  const words = page.getByLabel("Write about this café")
  await words.waitFor()
  await until("the page kept", () => page.evaluate<boolean>("navigator.serviceWorker.controller !== null"))

  await context.setOffline(true)
  await words.fill("written in the subway")
  await words.press("Control+Enter")
  await page.getByText("Not sent.").waitFor()
  await page.getByText("You are offline.").waitFor()
  const wrong = await reader.look("offline")
  await context.setOffline(false)
  await button(page, "Try again").click()
  await postWith(page, "written in the subway").waitFor()
  await page.reload()
  await postWith(page, "written in the subway").waitFor()
  assert.equal(await postWith(page, "written in the subway").count(), 1)

  await context.setOffline(true)
  await page.goto("/feed")
  await page.getByText("Beigel cannot be reached.").waitFor()
  wrong.push(...(await reader.look("offline-opened")))
  await context.setOffline(false)
  await button(page, "Try again").click()
  await posts(page).first().waitFor()
  // The browser itself tells of connections that were refused.
  reader.mishaps.splice(0, reader.mishaps.length, ...reader.mishaps.filter(words => !words.includes("net::")))
  return wrong
}

/** What comes back is cut short, or is nothing that could be drawn: told in its place, and the rest works on. */
export async function meetsBrokenAnswers(reader: Reader): Promise<string[]> {
  const { page } = reader
  const answerWith = (body: string) => ({ status: 200, contentType: "application/json", body })
  await page.route("**/api/cafes/clusters?*", route => route.fulfill(answerWith('{"items":[')))
  const isCut = page.waitForResponse("**/api/cafes/clusters?*").then(answer => answer.finished())
  await page.goto("/")
  await isCut
  await rows(page).first().waitFor()
  await page.unroute("**/api/cafes/clusters?*")
  await button(page, "Zoom in").click()
  await page.locator(".bubble").first().waitFor()

  await page.route("**/api/feed?*", route => route.fulfill(answerWith('{"items":[{"id":"1"}]}')))
  await tab(page, "Feed").click()
  await page.getByText("This could not be shown").waitFor()
  const wrong = await reader.look("broken")
  // React tells the console what it could not draw.
  reader.mishaps.length = 0
  await tab(page, "Near").click()
  await rows(page).first().waitFor()
  await page.unroute("**/api/feed?*")
  await tab(page, "Feed").click()
  await page.getByText("This could not be shown").waitFor()
  await button(page, "Load again").click()
  await posts(page).first().waitFor()
  reader.mishaps.length = 0
  return wrong
}

export async function meetsHostileNames(
  reader: Reader,
  point: { lat: number; lon: number },
  names: readonly string[],
): Promise<string[]> {
  const { page } = reader
  await page.addInitScript(kept => localStorage.setItem("beigel.point", kept), JSON.stringify(point))
  await page.goto("/")
  await rows(page).first().waitFor()
  const shown = await page.locator(".cafe-name").allTextContents()
  for (const name of names) assert.ok(shown.includes(name), name)
  const wrong = await reader.look("hostile-names")
  for (const name of names) {
    await page.goto("/")
    await page.locator(".cafe-row", { has: page.getByText(name, { exact: true }) }).click()
    await titleWith(page, name)
    assert.equal(await page.locator("main h1 *").count(), 0, "a heading holds text alone")
    wrong.push(...(await reader.look(`hostile-${names.indexOf(name)}`)))
  }
  return wrong
}

export async function usesKeysAlone(reader: Reader): Promise<string[]> {
  const { page } = reader
  await page.goto("/")
  await rows(page).first().waitFor()
  const focused = () => page.evaluate<string>("document.activeElement.className || document.activeElement.id")
  await page.keyboard.press("Tab")
  assert.equal(await focused(), "skip")
  await page.keyboard.press("Enter")
  await until("the page's own part in focus", async () => (await focused()) === "content")
  await until("the first café in focus", async () => {
    await page.keyboard.press("Tab")
    return (await focused()) === "cafe-row"
  })
  await page.keyboard.press("Enter")
  await page.locator(".about").waitFor()
  await until(
    "the heading in focus, from which on it is read",
    async () => (await page.evaluate("document.activeElement.tagName")) === "H1",
  )
  await page.goBack()
  await page.locator(".map-frame").focus()
  const before = await rows(page).first().textContent()
  for (const key of ["+", "-", ...Array(9).fill("ArrowDown"), "Enter"]) await page.keyboard.press(key)
  await until("the cafés of another place", async () => (await rows(page).first().textContent()) !== before)
  return []
}
