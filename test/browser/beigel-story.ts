import assert from "node:assert/strict"
import type { Locator, Page } from "playwright-core"
import { until } from "../integration/until.ts"
import { button, password, posts, postWith, rows, tab, titleWith } from "./beigel-page.ts"
import type { Reader } from "./reader.ts"

/** What readers of Beigel do, step by step. Each resolves with what looked wrong on the way. */

const hostileText = `<script>alert("text")</script> <b>bold?</b> ${"Ü".repeat(500)} 👩‍👩‍👧‍👦 مرحبا\n\n\nend`

/** Near me: the list, the map, a place chosen on it, the browser's own place. */
export async function looksAround(reader: Reader): Promise<string[]> {
  const { page, context } = reader
  await page.goto("/")
  await rows(page).first().waitFor()
  const wrong = await reader.look("near")

  await button(page, "Use my location").click()
  await page.getByText("does not share your location").waitFor()
  await context.grantPermissions(["geolocation"])
  await context.setGeolocation({ latitude: 40.6782, longitude: -73.9442 })
  await button(page, "Use my location").click()
  await titleWith(page, "Crown Heights")

  const bubbles = page.locator(".bubble")
  await bubbles.first().waitFor()
  await button(page, "Zoom in").click()
  await button(page, "Zoom out").click()
  const before = await rows(page).first().textContent()
  const frame = (await page.locator(".map-frame").boundingBox())!
  await page.mouse.move(frame.x + frame.width * 0.5, frame.y + frame.height * 0.6)
  await page.mouse.down()
  await page.mouse.move(frame.x + frame.width * 0.2, frame.y + frame.height * 0.3, { steps: 4 })
  await page.mouse.up()
  assert.equal(await rows(page).first().textContent(), before, "moving the map chooses no other place")
  await page.locator(".map-frame").press("Enter")
  await until(
    "cafés of the place in the map's middle",
    async () => (await rows(page).first().textContent()) !== before,
  )

  const many = await rows(page).count()
  await page.mouse.move(20, 700)
  await page.evaluate("scrollTo(0, document.body.scrollHeight)")
  await until("more cafés further down", async () => (await rows(page).count()) > many)
  return wrong
}

/** An account, a post that is seen before it is sent, a like, a change; all of it still there afterwards. */
export async function signsUpAndWrites(reader: Reader, handle: string): Promise<string[]> {
  const { page } = reader
  await page.goto("/")
  const cafe = rows(page).first()
  const name = (await cafe.locator(".cafe-name").textContent())!
  await cafe.click()
  await titleWith(page, name)
  await button(page, "Sign in to write").click()
  const wrong = await reader.look("sign-in")
  await page.getByLabel("Handle").fill(handle)
  await page.getByLabel("Password").fill("not the password")
  await page.locator("form.sign-in .wide").click()
  await page.getByText("The handle or the password is wrong.").waitFor()
  await page.getByRole("dialog").getByRole("button", { name: "Create account" }).click()
  await page.getByLabel("Password").fill(password)
  await page.locator("form.sign-in .wide").click()

  const words = page.getByLabel("Write about this café")
  await words.fill(`${handle}: ${hostileText}`)
  const answer = await holdBack(page, "POST")
  await button(page, "Post").click()
  await page.locator(".draft", { hasText: "Sending…" }).waitFor()
  assert.equal(await words.inputValue(), "")
  answer.release()
  const mine = postWith(page, handle)
  await mine.waitFor()
  await page.locator(".draft").waitFor({ state: "detached" })
  wrong.push(...(await reader.look("cafe")))
  await mine.getByRole("button", { name: "Show all" }).click()
  assert.ok((await mine.locator(".post-text").textContent())!.endsWith(hostileText))

  await likesAndChanges(page, mine, handle)
  await page.reload()
  await postWith(page, `${handle}: it was fine`).waitFor()
  await postWith(page, handle).getByRole("button", { pressed: true }).waitFor()
  await postWith(page, handle).getByText("edited").waitFor()
  return wrong
}

async function likesAndChanges(page: Page, mine: Locator, handle: string): Promise<void> {
  const like = mine.getByRole("button", { name: /^Like/ })
  await page.route("**/like", route => route.abort())
  await like.click()
  await mine.getByRole("alert").waitFor()
  assert.equal(await like.getAttribute("aria-pressed"), "false", "taken back when it could not be sent")
  await page.unroute("**/like")
  const answer = await holdBack(page, "PUT")
  await like.click()
  await mine.getByRole("button", { pressed: true }).waitFor()
  assert.match((await like.getAttribute("aria-label"))!, /1 like$/, "at once, before the answer")
  const answered = page.waitForResponse(response => response.url().endsWith("/like"))
  answer.release()
  await answered
  await mine.getByRole("button", { name: "Edit" }).click()
  await page.getByLabel("Edit").fill(`${handle}: it was fine`)
  const changed = page.waitForResponse(response => response.request().method() === "PATCH")
  await mine.getByRole("button", { name: "Save" }).click()
  await mine.getByText(`${handle}: it was fine`).waitFor()
  await changed
}

/** The feed: further than a page, what others write as they write it, back to where one was. */
export async function readsTheFeed(reader: Reader, origin: string): Promise<string[]> {
  const { page } = reader
  await tab(page, "Feed").click()
  await posts(page).first().waitFor()
  const wrong = await reader.look("feed")
  const other = await somebodyElse(origin)
  const point = JSON.parse(await page.evaluate<string>("localStorage['beigel.point']"))
  await other.write(point, "fresh from the oven")
  await button(page, /new post/).click()
  await postWith(page, "fresh from the oven").first().waitFor()

  const many = await posts(page).count()
  await page.evaluate("scrollTo(0, document.body.scrollHeight)")
  await until("more posts further down", async () => (await posts(page).count()) > many)
  await posts(page)
    .nth(many - 2)
    .locator(".handle")
    .click()
  await page.locator(".avatar.large").waitFor()
  await posts(page).first().waitFor()
  wrong.push(...(await reader.look("person")))
  await button(page, "Back").click()
  await until(
    "the place in the feed where it was left",
    async () => (await page.evaluate<number>("scrollY")) > 1000,
  )
  return wrong
}

export async function searches(reader: Reader): Promise<string[]> {
  const { page } = reader
  await tab(page, "Search").click()
  await button(page, "Park Slope").waitFor()
  const field = page.getByRole("searchbox")
  await field.pressSequentially("park sl")
  await button(page, /^Park Slope/).waitFor()
  await field.fill("bagel")
  await rows(page).first().filter({ hasText: /bagel/i }).waitFor()
  const wrong = await reader.look("search")
  assert.match(page.url(), /\?q=bagel$/)
  await field.fill(`zz <b> ' % _ "`)
  await page.getByText("No café is called").waitFor()
  wrong.push(...(await reader.look("search-nothing")))
  await button(page, "Clear").click()
  await field.fill("park slope")
  await page
    .locator(".areas")
    .getByRole("button", { name: /^Park Slope/ })
    .click()
  await titleWith(page, "Park Slope")
  return wrong
}

/** One's own place, in Korean and in the other light. */
export async function settles(reader: Reader): Promise<string[]> {
  const { page } = reader
  await tab(page, "You").click()
  await posts(page).first().waitFor()
  const wrong = await reader.look("you")
  await button(page, "한국어").click()
  await button(page, "로그아웃").waitFor()
  assert.equal(await page.evaluate("document.documentElement.lang"), "ko")
  wrong.push(...(await reader.look("you-korean")))
  for (const name of ["내 주변", "피드"]) await tab(page, name).click()
  await posts(page).first().waitFor()
  wrong.push(...(await reader.look("feed-korean")))
  await tab(page, "나").click()
  const ground = () => page.evaluate("getComputedStyle(document.body).backgroundColor")
  await button(page, "밝게").click()
  const light = await ground()
  await button(page, "어둡게").click()
  assert.notEqual(await ground(), light)
  await button(page, "English").click()
  await page.reload()
  await button(page, "Sign out").waitFor()
  assert.notEqual(await ground(), light, "kept")
  await page.getByRole("group", { name: "Appearance" }).getByRole("button", { name: "System" }).click()
  return wrong
}

export async function deletesAndLeaves(reader: Reader): Promise<string[]> {
  const { page } = reader
  const mine = posts(page).first()
  await mine.getByRole("button", { name: "Delete" }).click()
  const wrong = await reader.look("delete")
  await button(page, "Keep it").click()
  await mine.getByRole("button", { name: "Delete" }).click()
  const deleted = page.waitForResponse(response => response.request().method() === "DELETE")
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click()
  await page.locator(".post").waitFor({ state: "detached" })
  assert.equal((await deleted).status(), 204)
  await button(page, "Sign out").click()
  await page.getByText("Welcome to Beigel").waitFor()
  wrong.push(...(await reader.look("welcome")))
  return wrong
}

/** Holds back the requests of one method until they are released: the time in which a reader would wait. */
async function holdBack(page: Page, method: string): Promise<{ release(): void }> {
  const { promise, resolve } = Promise.withResolvers<void>()
  // Whatever else the page asks meanwhile passes, and does not count.
  await page.route("**/api/**", async route => {
    if (route.request().method() === method) await promise
    await route.fallback()
  })
  return { release: resolve }
}

/** Another person, by the API alone. */
async function somebodyElse(origin: string) {
  const send = (path: string, body: object, cookie = "") =>
    fetch(origin + path, {
      method: "POST",
      headers: { "content-type": "application/json", origin, cookie },
      body: JSON.stringify(body),
    })
  const handle = `rye-${Math.random().toString(36).slice(2, 10)}`
  const signup = await send("/api/signup", { handle, password })
  const cookie = signup.headers.getSetCookie()[0]!.split(";", 1)[0]!
  return {
    async write({ lat, lon }: { lat: number; lon: number }, text: string) {
      const cafes = await fetch(`${origin}/api/cafes?lat=${lat}&lon=${lon}&limit=1`)
      const { items } = (await cafes.json()) as { items: { id: string }[] }
      const answer = await send(`/api/cafes/${items[0]!.id}/posts`, { text }, cookie)
      assert.equal(answer.status, 201)
    },
  }
}
