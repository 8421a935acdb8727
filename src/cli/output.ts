import { styleText } from "node:util"

/** Data goes to stdout, talk to stderr: `npx banyan status --json | jq` stays clean whatever is said beside it. */
export class Output {
  /** Whether `--json` was given: one JSON value a line on stdout, and no talk but errors. */
  readonly json: boolean
  readonly #givesValues: boolean

  constructor(json: boolean, givesValues = json) {
    this.json = json
    this.#givesValues = givesValues
  }

  /** For what is done on the way to something else: words to people, nothing to programs. */
  talkOnly(): Output {
    return new Output(this.json, false)
  }

  /** A line of talk. */
  say(line = ""): void {
    if (!this.json) process.stderr.write(`${line}\n`)
  }

  /** A line of data for people; `--json` replaces it by `value`. */
  data(line: string): void {
    if (!this.json) process.stdout.write(`${line}\n`)
  }

  /** A value for programs, on a line of its own. */
  value(value: unknown): void {
    if (this.#givesValues) process.stdout.write(`${JSON.stringify(value)}\n`)
  }
}

const lost = new Set<NodeJS.WriteStream>()
const dataLost = new AbortController()

/** The reader may close the terminal or end the pipe; that is no reason to fail. */
export function tolerateLostReaders(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE" && error.code !== "EIO") throw error
      lost.add(stream)
      if (stream === process.stdout) dataLost.abort()
    })
  }
}

/** Aborts when nobody reads the data any more: `banyan logs --follow | head`. */
export const readerIsLost = dataLost.signal

/** Resolves when what was said has gone to its readers, or they have gone: a pipe holds 64 KiB, the rest waits here. */
export async function allIsRead(): Promise<void> {
  for (const stream of [process.stdout, process.stderr])
    if (!lost.has(stream)) await new Promise<void>(resolve => stream.write("", () => resolve()))
}

type Style = Parameters<typeof styleText>[0]

/** Styles for talk (stderr) and data (stdout); plain where NO_COLOR, TERM=dumb or no terminal says so. */
const styled = (stream: NodeJS.WriteStream) => (style: Style, text: string) =>
  process.env["TERM"] === "dumb" ? text : styleText(style, text, { stream })
export const onTalk = styled(process.stderr)
export const onData = styled(process.stdout)
