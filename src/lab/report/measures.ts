import type { Quantiles } from "../load/load.ts"
import { QuantileSketch } from "../load/quantile-sketch.ts"

/** Values in milliseconds by what they are of. */
export class Measures {
  readonly #sketches = new Map<string, QuantileSketch>()

  add(what: string, valueMs: number): void {
    const sketch = this.#sketches.get(what) ?? new QuantileSketch()
    this.#sketches.set(what, sketch)
    sketch.add(valueMs)
  }

  quantiles(): Readonly<Record<string, Quantiles>> {
    return Object.fromEntries([...this.#sketches].map(([what, sketch]) => [what, sketch.quantiles()]))
  }
}
