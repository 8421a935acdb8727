import assert from "node:assert/strict"
import { randomUUID } from "node:crypto"
import { after, before, test } from "node:test"
import { beigelSession } from "../../src/lab/drills/stage/beigel-client.ts"
import { type Asked, ask } from "../../src/lab/drills/stage/plain-http.ts"
import { kill } from "./processes.ts"
import { beigelApp, ScratchProject } from "./scratch-project.ts"
import { until } from "./until.ts"

/** Writes that carry an `Idempotency-Key`, by clients that never retry, while who does them is killed again and again. */
let project: ScratchProject

const writers = 12
const kills = 6

before(async () => {
  project = await ScratchProject.create({ config: { app: beigelApp, stage: "balanced" } })
  await project.succeed("up", "--detach")
})
after(() => project.remove())

test("SIGKILL of a web instance fails no new post and no edit with a key, and each is there exactly once", async t => {
  const target = { host: "127.0.0.1", port: project.port }
  const { cookies, origin, cafeId } = await beigelSession(target)
  const path = `/api/cafes/${cafeId}/posts`
  const written: string[] = []
  const wrong: string[] = []
  let over = false
  const write = (text: string, [method, at] = ["POST", path]): Promise<Asked> =>
    ask(target, {
      method,
      path: at,
      fields: { origin, cookie: cookies.header, "idempotency-key": `"${randomUUID()}"` },
      body: { text },
    })
  const running = Array.from({ length: writers }, async () => {
    while (!over) {
      const text = `keyed ${randomUUID()}`
      const first = await write(text)
      const edited = `${text}, edited`
      const post = first.json as { id: string }
      const again = first.status === 201 ? await write(edited, ["PATCH", `/api/posts/${post.id}`]) : first
      if (again.status === 200) written.push(edited)
      else wrong.push(`${again.failure ?? again.status} ${again.detail}`)
    }
  })
  for (let count = 0; count < kills; count++) {
    const { instances } = await project.settled()
    const victims = instances.filter(({ tier }) => tier === "web")
    const goal = written.length + 50
    await until("fifty more posts, edited", () => written.length + wrong.length >= goal)
    await kill(victims[count % victims.length]!.pid!)
    await project.stateWhere("another in its place", state => state.settled)
  }
  over = true
  await Promise.all(running)
  assert.deepEqual(wrong, [])

  const present = new Map<string, number>()
  for (let cursor: string | null = ""; cursor !== null; ) {
    const answer = await project.get(`${path}?limit=100${cursor === "" ? "" : `&cursor=${cursor}`}`)
    const page = (await answer.json()) as { items: { text: string }[]; nextCursor: string | null }
    for (const { text } of page.items) present.set(text, (present.get(text) ?? 0) + 1)
    cursor = page.nextCursor
  }
  const faulty = written.filter(text => present.get(text) !== 1)
  assert.deepEqual(faulty, [])
  const extra = [...present].filter(([text, times]) => text.startsWith("keyed ") && times > 1)
  assert.deepEqual(extra, [])
  const log = project.read(".banyan/logs/edge-1.log")
  const again = ["POST", "PATCH"].map(
    method => log.match(new RegExp(`"method":"${method}".*"retries":[1-9]`, "g"))?.length ?? 0,
  )
  t.diagnostic(`${2 * written.length} writes, sent again: ${again.join(" POST, ")} PATCH, ${kills} kills`)
  assert.ok(
    again.every(count => count > 0),
    "no kill hit a write: this has shown nothing",
  )
})
