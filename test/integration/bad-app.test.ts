import assert from "node:assert/strict"
import { after, before, test } from "node:test"
import { processesBelow } from "./processes.ts"
import { ScratchProject, tinyApp } from "./scratch-project.ts"
import { until } from "./until.ts"

/** Apps that do not work: at the first start, where nothing is there to protect, and later, where everything is. */
let project: ScratchProject

const broken = {
  throwing: { app: 'throw new Error("out of bagels")\n', said: /out of bagels/, code: /BN13(10|13)/ },
  nothing: { app: "export default 5\n", said: /default export is no app/, code: /BN13(10|13)/ },
  misspelt: {
    app: 'export default { name: "x", web: () => ({ fetch() {} }), keyedRoutes: ["POST orders"] }\n',
    said: /`keyedRoutes` should list routes like "POST \/orders" .*, got \["POST orders"\]/,
    code: /BN13(10|13)/,
  },
  unparsable: { app: "export default {{{\n", said: /could not be loaded/, code: /BN13(10|13)/ },
  neverReady: {
    app: 'export default { name: "slow", web: () => new Promise(() => setInterval(() => {}, 1000)) }\n',
    said: /was not ready within 5000 ms/,
    code: /BN1311/,
  },
} as const

before(async () => {
  project = await ScratchProject.create({ config: { web: { drainTimeoutMs: 500, readyTimeoutMs: 5000 } } })
})
after(() => project.remove())

for (const [name, { app, said }] of Object.entries(broken)) {
  test(`first start with a broken app (${name}): up fails, says why, and leaves nothing running`, async () => {
    project.write("app.ts", app)
    const { code, stderr } = await project.banyan("up", "--detach")
    assert.equal(code, 1, stderr)
    assert.match(stderr, /^BN3106 the first start failed: /m)
    assert.match(stderr, said)
    assert.match(stderr, /^ {2}-> Mend what the sentence above names/m)
    assert.deepEqual(processesBelow(project.folder), [])
  })
}

test("mended, the same folder starts", async () => {
  project.write("app.ts", tinyApp)
  await project.succeed("up", "--detach")
  assert.equal((await project.get()).status, 200)
})

test("the app breaks while it serves: grow is taken back, the old one serves on, status says why", async t => {
  const before = await project.settled()
  for (const [name, { app, said, code }] of Object.entries(broken)) {
    await t.test(name, async () => {
      project.write("app.ts", app)
      const grow = project.begin("grow", "--yes")
      while (grow.child.exitCode === null && grow.child.signalCode === null) {
        assert.equal((await project.get()).status, 200)
        await new Promise(resolve => setTimeout(resolve, 50))
      }
      const ended = await grow.ended
      assert.equal(ended.code, 1, ended.stderr)
      assert.match(ended.stderr, /undone/)
      assert.match(ended.stderr, said)
      assert.match(ended.stderr, /^ {2}-> \S/m)
      const later = await project.settled()
      assert.equal(later.stage, "single")
      assert.equal(later.lastPlan?.state, "undone")
      assert.match(later.lastPlan?.error?.code ?? "", code)
      assert.deepEqual(
        later.instances.map(({ id, pid }) => [id, pid]),
        before.instances.map(({ id, pid }) => [id, pid]),
      )
    })
  }
  const { sources } = JSON.parse(await project.succeed("config", "show", "--explain", "--json"))
  assert.equal(sources.stage, "default", "the change that was taken back is not kept")
})

test("an app that exits again and again is started again, later each time, and comes back once mended", async () => {
  project.write(
    "app.ts",
    'setTimeout(() => process.exit(9), 100)\nexport default { name: "short", web: () => new Promise(() => {}) }\n',
  )
  await project.succeed("kill", "app-1", "--yes")
  const exitsAt = () =>
    project
      .read(".banyan/logs/agent.log")
      .split("\n")
      .filter(line => line.includes('"instance":"app-1"') && line.includes('"code":9'))
      .map(line => Date.parse(JSON.parse(line).time))
  const times = await until("four exits", () => exitsAt().length >= 4 && exitsAt())
  assert.ok(times[3]! - times[2]! > times[1]! - times[0]!, `exits at ${times.join(", ")}`)
  project.write("app.ts", tinyApp)
  await project.settled()
  assert.equal((await project.get()).status, 200)
})
