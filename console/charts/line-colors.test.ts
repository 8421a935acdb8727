import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"
import { chartsOf } from "./series.ts"

/** Of what is no text (WCAG 2.2, 1.4.11). */
const leastContrast = 3
/** In Oklab, where 0.02 is just seen: lines are thin, and cross. */
const leastDistance = 0.15

const tokens = readFileSync(new URL("../look/tokens.css", import.meta.url), "utf8")
const themes = { light: /:root \{([^}]*)\}/, dark: /\[data-theme="dark"\] \{([^}]*)\}/ }

test("lines of one chart are told apart, and stand out from their ground, light and dark", () => {
  const one = { instances: 1, requestsPerSecond: 5, outstanding: 2 }
  const tiers = { "edge+web": one, edge: one, web: one, data: one }
  const latencyMs = { p50: 1, p95: 2, p99: 3 }
  const { charts } = chartsOf([{ at: 1_000, requestsPerSecond: 10, failedPerSecond: 0, latencyMs, tiers }])
  for (const [theme, pattern] of Object.entries(themes)) {
    const colorOf = (name: string) => {
      const found = new RegExp(`${name}: #([0-9a-f]{6});`).exec(pattern.exec(tokens)?.[1] ?? "")?.[1]
      assert.ok(found, `${theme} has ${name}`)
      return lightOf(found)
    }
    for (const { title, lines } of charts)
      for (const [nth, { name, color }] of lines.entries()) {
        const contrast = contrastOf(colorOf(color), colorOf("--card"))
        assert.ok(contrast >= leastContrast, `${theme}, ${title}: ${name} has a contrast of ${contrast}`)
        for (const other of lines.slice(0, nth)) {
          const distance = Math.hypot(
            ...oklab(colorOf(color)).map((x, i) => x - oklab(colorOf(other.color))[i]!),
          )
          assert.ok(distance >= leastDistance, `${theme}, ${title}: ${name}, ${other.name}: ${distance}`)
        }
      }
  }
})

type Light = readonly [red: number, green: number, blue: number]

function lightOf(hex: string): Light {
  const part = (at: number) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  }
  return [part(0), part(2), part(4)]
}

function contrastOf(a: Light, b: Light): number {
  const luminance = ([red, green, blue]: Light) => 0.2126 * red + 0.7152 * green + 0.0722 * blue
  const [dark = 0, light = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y)
  return (light + 0.05) / (dark + 0.05)
}

/** https://bottosson.github.io/posts/oklab */
function oklab([red, green, blue]: Light): number[] {
  const l = Math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
  const m = Math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
  const s = Math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ]
}
