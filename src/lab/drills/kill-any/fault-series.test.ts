import assert from "node:assert/strict"
import { test } from "node:test"
import { costsOf } from "../stage/fault-costs.ts"
import { fullSeries, nameOf, type Planned, shortSeries } from "./fault-series.ts"
import { links } from "./link-proxies.ts"

const victims = Object.keys(costsOf)

/** What is struck, without its stage and which way. */
function subjectsOf(series: readonly Planned[]): string[] {
  const subjects = series.map(each => (each.fault === "cut" ? `cut ${each.link} ${each.by}` : nameOf(each)))
  return [...new Set(subjects)].sort()
}

const count = (series: readonly Planned[], name: string) =>
  series.filter(each => nameOf(each) === name).length

test("in full every victim has 20 kills, 10 freezes and 10 hangs, every link 4 cuts each way", () => {
  const series = fullSeries()
  for (const victim of victims) {
    assert.equal(count(series, `kill ${victim}`), 20, victim)
    assert.equal(count(series, `freeze ${victim}`), 10, victim)
    assert.equal(count(series, `hang ${victim}`), victim === "postgres" ? 0 : 10, victim)
  }
  for (const [fault, times] of Object.entries({ kill: 10, freeze: 5, hang: 5 }))
    assert.equal(count(series, `${fault} one of two edges`), times)
  for (const ways of ["up", "down", "both ways"]) {
    for (const link of links) assert.equal(count(series, `cut ${link} ${ways}`), 4, link)
    assert.equal(count(series, `cut client-edge ${ways}, packets dropped`), 4)
  }
})

test("in short form everything is killed, frozen and cut once, and one hangs; the seed chooses how", () => {
  const seeds = Array.from({ length: 60 }, (_, seed) => shortSeries(seed))
  const isHang = (subject: string) => subject.startsWith("hang")
  const isOneOfTwo = (subject: string) => subject.endsWith("one of two edges")
  const isChosen = (subject: string) => isHang(subject) || isOneOfTwo(subject)
  for (const series of seeds) {
    const subjects = subjectsOf(series)
    assert.equal(subjects.length, series.length)
    assert.equal(subjects.filter(isHang).length, 1)
    assert.equal(subjects.filter(isOneOfTwo).length, 1)
    const rest = subjectsOf(fullSeries()).filter(subject => !isChosen(subject))
    assert.deepEqual(
      subjects.filter(subject => !isChosen(subject)),
      rest,
    )
  }
  // Between them the seeds choose everything that the full form has.
  const names = (series: readonly Planned[]) => [...new Set(series.map(nameOf))].sort()
  const isLongOne = (name: string) => name === "hang one of two edges"
  assert.deepEqual(
    names(seeds.flat()),
    names(fullSeries()).filter(name => !isLongOne(name)),
  )
  assert.deepEqual(shortSeries(7), shortSeries(7))
})

test("stages are taken in order, so that the service grows once; cuts come last, where proxies may stay", () => {
  for (const series of [fullSeries(), shortSeries(1), shortSeries(2)]) {
    const stages = series.map(({ stage }) => stage)
    assert.deepEqual(stages, [...stages].sort().reverse())
    const firstCut = series.findIndex(({ fault }) => fault === "cut")
    assert.ok(series.slice(firstCut).every(({ fault }) => fault === "cut"))
  }
})
