/** `npm run http2`: what Banyan and three other servers make of the corpus, as a table. */
import { messageOf } from "../../src/kit/errors.ts"
import { programCleanUp } from "../framing/program-clean-up.ts"
import { isAlive } from "./conversation.ts"
import { corpus } from "./corpus.ts"
import { tell } from "./judge.ts"
import { type Result, runCorpus } from "./run-corpus.ts"
import { banyan, type Http2Server, peers } from "./servers.ts"

/** Who has said nothing by then will say nothing. */
const patienceMs = 3_000

const { cleanUp, leave } = programCleanUp()

try {
  await measure()
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`)
  process.exitCode = 1
} finally {
  await leave()
}

async function measure(): Promise<void> {
  const servers = [banyan, ...peers].filter(({ version }) => version !== "")
  const results: Result[][] = []
  for (const server of servers) results.push(await runCorpus(await server.start(cleanUp), patienceMs))
  const cells = (words: readonly (string | number)[]) => `| ${words.join(" | ")} |`
  const themes = [...new Set(corpus.map(({ theme }) => theme))]
  const lines = [
    cells(["as the corpus asks", "cases", ...servers.map(nameOf)]),
    `|---|${"---|".repeat(servers.length + 1)}`,
    ...themes.map(theme => {
      const of = (each: readonly Result[]) => each.filter(({ wanted }) => wanted.theme === theme)
      const counts = results.map(each => of(each).filter(({ allowed }) => allowed).length)
      return cells([theme, of(results[0]!).length, ...counts])
    }),
    cells(["all", corpus.length, ...results.map(each => each.filter(({ allowed }) => allowed).length)]),
    "",
    ...servers.flatMap((server, at) => differences(server, results[at]!)),
  ]
  process.stdout.write(`${lines.join("\n")}\n`)
}

function nameOf({ name, version }: Http2Server): string {
  return version === "here" ? name : `${name} ${version}`
}

/** What a server does otherwise, one line a case; what the standard leaves open is marked. */
function differences(server: Http2Server, results: readonly Result[]): string[] {
  const lines = results
    .filter(({ allowed }) => !allowed)
    .map(({ wanted, seen }) => {
      const open = (wanted.peersMayAnswer || wanted.peersMayDrop) && isAlive(seen) ? " (its choice)" : ""
      return `- ${wanted.id}: ${tell(seen)}${open}`
    })
  return lines.length === 0 ? [] : [`**${nameOf(server)}**`, "", ...lines, ""]
}
