import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { statSync } from "node:fs"
import { test } from "node:test"
import { promisify } from "node:util"
import { startBackend, startEdge } from "../../src/tiers/edge/testing/edge-fixture.ts"
import { versionOf } from "../framing/backends/program.ts"

const run = promisify(execFile)
const h2load = versionOf("h2load", "--version", /nghttp2\/(\S+)/)
const skip = h2load === "" && "needs h2load and nghttp (Debian: nghttp2-client; scripts/ci-setup installs it)"

test("h2load: 100 requests at once on one connection, 5,000 in all: none fails", { skip }, async t => {
  const backend = await startBackend(t, (_, response) => response.end("a".repeat(2048)))
  const { port, edge } = await startEdge(t, [backend])
  const url = `http://127.0.0.1:${port}/`
  const { stdout } = await run("h2load", ["-n", "5000", "-c", "1", "-m", "100", url])
  t.diagnostic(/^requests: .*/m.exec(stdout)![0])
  assert.match(stdout, /5000 succeeded, 0 failed, 0 errored, 0 timeout/)
  assert.equal(edge.report().requests, 5000)
})

test("h2load: bodies up, several connections, none fails", { skip }, async t => {
  const backend = await startBackend(t, (request, response) => {
    let bytes = 0
    request.on("data", piece => (bytes += piece.length)).on("end", () => response.end(String(bytes)))
  })
  const { port, edge } = await startEdge(t, [backend])
  const url = `http://127.0.0.1:${port}/`
  const { stdout } = await run("h2load", [
    "-n",
    "300",
    "-c",
    "3",
    "-m",
    "10",
    "-d",
    import.meta.filename,
    url,
  ])
  assert.match(stdout, /300 succeeded, 0 failed, 0 errored, 0 timeout/)
  assert.equal(edge.report().aborted, 0)
})

test("nghttp: a body with padding, and several requests on one connection", { skip }, async t => {
  const backend = await startBackend(t, (request, response) => {
    let bytes = 0
    request.on("data", piece => (bytes += piece.length)).on("end", () => response.end(`${bytes} `))
  })
  const { port } = await startEdge(t, [backend])
  const url = `http://127.0.0.1:${port}/`
  const { size } = statSync(import.meta.filename)
  const { stdout } = await run("nghttp", ["--padding=64", "-d", import.meta.filename, url, `${url}b`])
  assert.equal(stdout, `${size} ${size} `)
})
