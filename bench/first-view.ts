import { startBrowser } from "../test/browser/browser.ts"
import { withBeigel } from "./beigel-service.ts"
import { type FirstView, type Screen, visitTwice } from "./first-view/visit.ts"
import { type Bench, type BenchLine, spreadLines } from "./harness.ts"

const rounds = Number(process.env["BANYAN_BENCH_ROUNDS"] ?? 20)

const screens: Readonly<Record<string, Screen>> = {
  "390 px": { width: 390, height: 844, slowdown: 1, everyNth: 1 },
  "1440 px": { width: 1440, height: 900, slowdown: 1, everyNth: 1 },
  "390 px, CPU slowed four times": { width: 390, height: 844, slowdown: 4, everyNth: 4 },
}

/** Beigel's page as one sees it who comes for the first time, and who comes again. */
export const bench: Bench = {
  says: "Beigel's first view: painted, and usable in under 1,000 ms; in an empty profile and in a used one",
  asTable: true,
  run: say =>
    withBeigel("first-view", async ({ port }) => {
      const browser = await startBrowser()
      const seen = new Map<string, FirstView[]>()
      try {
        const url = `http://127.0.0.1:${port}/`
        // The service has been asked before.
        for (const screen of Object.values(screens)) await visitTwice(browser, url, screen)
        for (let round = 1; round <= rounds; round++) {
          for (const [name, screen] of Object.entries(screens)) {
            if (round % screen.everyNth > 0) continue
            for (const [profile, view] of Object.entries(await visitTwice(browser, url, screen))) {
              const key = `${name}, ${profile}`
              seen.set(key, [...(seen.get(key) ?? []), view])
              say(`${round}/${rounds}  ${key}: usable after ${Math.round(view.usableMs)} ms`)
            }
          }
        }
        return [...seen].flatMap(([name, views]) => linesOf(name, browser.version(), views))
      } finally {
        await browser.close()
      }
    }),
}

function linesOf(name: string, version: string, views: readonly FirstView[]): BenchLine[] {
  const figures = {
    "first contentful paint": views.map(each => each.paintMs),
    "largest contentful paint": views.map(each => each.largestMs),
    usable: views.map(each => each.usableMs),
    "a café opened": views.map(each => each.answeredMs),
  }
  const configuration = `Debian's chromium ${version}, headless; stage single, Beigel, 3,168 cafés`
  return Object.entries(figures).flatMap(([figure, values]) =>
    spreadLines({ name, version: `· ${figure}`, configuration }, values, 90),
  )
}
