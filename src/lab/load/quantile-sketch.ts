import { DDSketch } from "@datadog/sketches-js"
import type { Quantiles } from "./load.ts"

/** Quantiles of milliseconds in little memory, within 1 % of the true value. */
export class QuantileSketch {
  #sketch = new DDSketch({ relativeAccuracy: 0.01 })

  add(valueMs: number): void {
    this.#sketch.accept(Math.max(0, valueMs))
  }

  quantiles(): Quantiles {
    const sketch = this.#sketch
    const at = (quantile: number) => (sketch.count === 0 ? 0 : rounded(sketch.getValueAtQuantile(quantile)))
    return {
      count: sketch.count,
      min: sketch.count === 0 ? 0 : rounded(sketch.min),
      mean: sketch.count === 0 ? 0 : rounded(sketch.sum / sketch.count),
      p50: at(0.5),
      p90: at(0.9),
      p95: at(0.95),
      p99: at(0.99),
      p999: at(0.999),
      max: sketch.count === 0 ? 0 : rounded(sketch.max),
    }
  }
}

function rounded(valueMs: number): number {
  return Math.round(valueMs * 1000) / 1000
}
