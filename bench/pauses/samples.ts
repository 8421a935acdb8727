import { execFileSync } from "node:child_process"
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync } from "node:fs"
import { dirname, resolve } from "node:path"
import { type BenchLine, spreadLines } from "../harness.ts"

/** One round of one series. `figures` in milliseconds, by what they are of; `counts` are added up: `acknowledged`, `lost`. */
export type Sample = {
  readonly series: string
  readonly figures: Readonly<Record<string, number>>
  readonly counts: Readonly<Record<string, number>>
}

/** A sample with the code it was measured with: `1a2b3c4`, with `+` where files were changed. */
type Kept = Sample & { readonly commit: string; readonly date: string }

/**
 * Rounds that take hours together are measured piece by piece: each is appended to a file (.banyan/bench/<name>.ndjson)
 * as it ends, and what is told is of all that are in it. `--fresh` begins anew.
 */
export class Samples {
  readonly #path: string
  readonly #commit = commit()

  constructor(name: string) {
    // The working directory moves with a scratch service.
    this.#path = resolve(".banyan", "bench", `${name}.ndjson`)
    if (process.argv.includes("--fresh")) rmSync(this.#path, { force: true })
    mkdirSync(dirname(this.#path), { recursive: true })
  }

  add(sample: Sample): void {
    const kept: Kept = { ...sample, commit: this.#commit, date: new Date().toISOString() }
    appendFileSync(this.#path, `${JSON.stringify(kept)}\n`)
  }

  /** Rows of the table: each series with each of its figures; columns: n, least, median, p99, most. */
  lines(configurations: Readonly<Record<string, string>>): BenchLine[] {
    const kept = readAll(this.#path)
    const series = Map.groupBy(kept, sample => sample.series)
    return [...series].flatMap(([name, samples]) => {
      const commits = [...new Set(samples.map(each => each.commit))].join(", ")
      const configuration = [configurations[name] ?? "", ...countWords(samples), `code ${commits}`]
      const figures = [...new Set(samples.flatMap(each => Object.keys(each.figures)))]
      return figures.flatMap(figure =>
        spreadLines(
          { name, version: `· ${figure}`, configuration: configuration.join("; ") },
          samples.flatMap(each => each.figures[figure] ?? []),
          99,
        ),
      )
    })
  }
}

function countWords(samples: readonly Kept[]): string[] {
  const names = [...new Set(samples.flatMap(each => Object.keys(each.counts)))]
  return names.map(name => `${samples.reduce((sum, each) => sum + (each.counts[name] ?? 0), 0)} ${name}`)
}

function readAll(path: string): Kept[] {
  if (!existsSync(path)) return []
  return readFileSync(path, "utf8")
    .split("\n")
    .filter(line => line !== "")
    .map(line => JSON.parse(line) as Kept)
}

function commit(): string {
  const git = (...words: string[]) =>
    execFileSync("git", words, { encoding: "utf8", cwd: import.meta.dirname })
  const changed = git("status", "--porcelain", "--untracked-files=no").trim() !== ""
  return `${git("rev-parse", "--short", "HEAD").trim()}${changed ? "+" : ""}`
}
