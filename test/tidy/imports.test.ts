import assert from "node:assert/strict"
import { test } from "node:test"
import { isWithin, readPackages, readRooms, roomOf } from "./architecture-table.ts"
import { filesOf, importsOf, isForTests, reachableFrom, targetOf } from "./source-files.ts"

const rooms = readRooms()
const packages = readPackages()
const sources = [...filesOf("src/**/*.ts"), ...filesOf("console/**/*.{ts,tsx}")]
const running = sources.filter(path => !isForTests(path))

test("every file of src/ and console/ lies in a room of ARCHITECTURE.md, and no room is empty", () => {
  const homeless = sources.filter(path => roomOf(path, rooms) === undefined)
  assert.deepEqual(homeless, [])
  const empty = rooms.filter(room => !running.some(path => roomOf(path, rooms) === room))
  assert.deepEqual(
    empty.map(({ name }) => name),
    [],
  )
})

test("every arrow between rooms is in the table", () => {
  const wrong: string[] = []
  for (const found of running.flatMap(importsOf)) {
    const target = targetOf(found)
    const room = roomOf(found.from, rooms)
    if (target === undefined || room === undefined) continue
    const inside = target.replace(/^src\//, "")
    const allowed = [room.name, ...room.mayImport].some(name => isWithin(inside, name))
    const forTests = isForTests(target)
    const leavesPurity = room.pure && roomOf(target, rooms)?.pure !== true
    if (allowed && !leavesPurity && !forTests && /^(src|console)\//.test(target)) continue
    const why = forTests
      ? "is for tests"
      : leavesPurity && allowed
        ? "is not pure"
        : `may import ${room.mayImport.join(", ")}`
    wrong.push(`${found.from}:${found.line} -> ${target} (${room.name} ${why})`)
  }
  assert.deepEqual(wrong, [])
})

test("a pure room imports no node: module; a library is imported only where the table says", () => {
  const wrong: string[] = []
  for (const found of running.flatMap(importsOf)) {
    if (targetOf(found) !== undefined || found.specifier.endsWith(".mjs")) continue
    const { from, line, specifier } = found
    const room = roomOf(from, rooms)
    if (specifier.startsWith("node:")) {
      if (room?.pure === true) wrong.push(`${from}:${line} ${specifier} in a pure room`)
      continue
    }
    const name = specifier
      .split("/")
      .slice(0, specifier.startsWith("@") ? 2 : 1)
      .join("/")
    const allowed = packages.get(name) ?? []
    const inside = from.replace(/^src\//, "")
    if (!allowed.some(folder => isWithin(inside, folder)))
      wrong.push(`${from}:${line} ${name} (only: ${allowed})`)
  }
  assert.deepEqual(wrong, [])
})

test("there is no circle between files, apart from types", () => {
  const loaded = (path: string) =>
    importsOf(path)
      .filter(({ typeOnly }) => !typeOnly)
      .map(targetOf)
  const targets = new Map(running.map(path => [path, loaded(path).filter(target => target !== undefined)]))
  const done = new Set<string>()
  const circles: string[] = []
  const visit = (path: string, way: readonly string[]): void => {
    if (way.includes(path)) circles.push([...way.slice(way.indexOf(path)), path].join(" -> "))
    if (way.includes(path) || done.has(path)) return
    for (const target of targets.get(path) ?? []) visit(target, [...way, path])
    done.add(path)
  }
  for (const path of running) visit(path, [])
  assert.deepEqual(circles, [])
})

test("what an app imports as `banyan` loads nothing of the control plane", () => {
  const known = new Set(sources)
  for (const door of [
    "src/app/index.ts",
    "src/topology/index.ts",
    "src/tiers/data/index.ts",
    "src/page/index.ts",
  ]) {
    const loaded = [...reachableFrom([door], known)]
    const wrong = loaded.filter(path => /^src\/(control|drivers|boot|cli|lab)\//.test(path))
    assert.deepEqual(wrong, [], door)
  }
})
