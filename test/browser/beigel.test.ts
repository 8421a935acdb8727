import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { after, before, test } from "node:test"
import pg from "pg"
import type { Browser } from "playwright-core"
import { beigelApp, ScratchProject } from "../integration/scratch-project.ts"
import * as story from "./beigel-story.ts"
import * as trials from "./beigel-trials.ts"
import { noBrowser, screenshotAt, startBrowser } from "./browser.ts"
import { growsKillsAndShrinks } from "./console-whole-story.ts"
import { type Look, Reader } from "./reader.ts"

/** Beigel as a reader sees it: one real service, one browser, a profile of their own for each reader. */
const skip = noBrowser

const phone: Look = { width: 390, colorScheme: "light" }
const desk: Look = { width: 1440, colorScheme: "dark" }

/** Cafés with names that a page could stumble over; they lie in the sea, where no other is. */
const hostileNames = [
  `<script>alert("name")</script><img src=x onerror=alert(1)>`,
  "W".repeat(500),
  "👩‍👩‍👧‍👦☕️ Ünïcødé \u202eevil",
  "مقهى الخبز الطازج",
]
const sea = { lat: 40.45, lon: -73.7 }

let project: ScratchProject
let browser: Browser

before(async () => {
  if (skip) return
  // A busy machine starts late, and an answer may take longer than a test's drain.
  const web = { drainTimeoutMs: 10_000, readyTimeoutMs: 120_000 }
  project = await ScratchProject.create({ config: { app: beigelApp, web } })
  const up = project.succeed("up", "--detach", "--seed-posts", "3000")
  browser = await startBrowser()
  await up
  await addHostileCafes()
})
after(async () => {
  await browser?.close()
  await project?.remove()
})

const origin = () => `http://127.0.0.1:${project.port}`

async function addHostileCafes(): Promise<void> {
  const { app: login } = JSON.parse(readFileSync(project.at(".banyan/data/postgres-1.secret"), "utf8"))
  const client = new pg.Client({ ...login, host: project.at(".banyan/data/postgres-1") })
  await client.connect()
  for (const name of hostileNames) {
    const values = [name, sea.lat, sea.lon, `${name.slice(0, 60)}, NY 10001, USA`]
    await client.query(
      "insert into cafes (id, name, lat, lon, address) values (gen_random_uuid(), $1, $2, $3, $4)",
      values,
    )
  }
  await client.end()
}

/** A reader of that look; whatever went wrong on their way fails the test. */
async function as(look: Look, act: (reader: Reader) => Promise<string[]>): Promise<void> {
  const reader = await Reader.arrive(browser, origin(), look)
  try {
    const wrong = await act(reader)
    assert.deepEqual([...wrong, ...reader.mishaps], [])
  } catch (error) {
    await reader.look(`failed-${Date.now()}`).catch(() => {})
    // A page that drew nothing any more says why there.
    throw new Error(`${error}; on the way: ${reader.mishaps.join("; ") || "nothing else"}`, { cause: error })
  } finally {
    await reader.context.close()
  }
}

for (const look of [phone, desk]) {
  const name = `${look.width} px, ${look.colorScheme}`
  test(`a reader finds, writes, changes, likes, follows and deletes: ${name}`, { skip }, async () => {
    await as(look, async reader => [
      ...(await story.looksAround(reader)),
      ...(await story.signsUpAndWrites(reader, `sesame-${look.width}`)),
      ...(await story.readsTheFeed(reader, origin())),
      ...(await story.searches(reader)),
      ...(await story.settles(reader)),
      ...(await story.deletesAndLeaves(reader)),
    ])
  })
}

test("the other light on either screen: every view, nothing broken", { skip }, async () => {
  for (const look of [
    { ...phone, colorScheme: "dark" },
    { ...desk, colorScheme: "light" },
  ] as const) {
    await as(look, trials.opensEveryView)
  }
})

test("without a network: what is there stays, what is written is sent once when it is back", {
  skip,
}, async () => {
  await as(phone, trials.losesTheNetwork)
})

test("answers that are cut short or senseless take no more away than what they were for", {
  skip,
}, async () => {
  await as(phone, trials.meetsBrokenAnswers)
})

test("hostile names are only ever text", { skip }, async () => {
  for (const look of [phone, desk])
    await as(look, reader => trials.meetsHostileNames(reader, sea, hostileNames))
})

test("by keys alone: past the frame, to the map, to a café", { skip }, async () => {
  await as(desk, trials.usesKeysAlone)
})

test("its console: load, up to the top, the primary killed, down again; not one request failed", {
  skip,
}, async () => {
  const admin = project.admin()
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
  page.setDefaultTimeout(60_000)
  const complaints: string[] = []
  page.on("pageerror", error => complaints.push(error.message))
  await page.goto(`${admin.url}/#token=${admin.token}`)
  try {
    await growsKillsAndShrinks(page)
  } catch (error) {
    await page.screenshot({ path: screenshotAt("console/story-failed"), fullPage: true })
    throw error
  }
  assert.deepEqual(complaints, [])
  await page.close()
})

test("a foreign page's frame, script or cookie gets nowhere: the rules are on every view", {
  skip,
}, async () => {
  for (const path of ["/", "/feed", "/cafes/nonsense", "/nowhere"]) {
    const answer = await fetch(origin() + path, { headers: { accept: "text/html" } })
    assert.equal(answer.status, path === "/nowhere" ? 404 : 200, path)
    assert.match(answer.headers.get("content-security-policy")!, /default-src 'none'.*frame-ancestors 'none'/)
    await answer.body?.cancel()
  }
})
