/** Writes a history as fast as it can and says on stdout what it "sends": `node writing-child.ts <path>`. */
import { writeSync } from "node:fs"
import { HistoryWriter } from "../history-writer.ts"

const [path] = process.argv.slice(2)
try {
  const writer = await HistoryWriter.create(path!, { title: "child", seed: 1 })
  const client = async (session: string) => {
    for (let index = 0; ; index++) {
      const id = `${session}-${index}`
      await writer.intend({ id, session, kind: "add", key: "list", value: id })
      writeSync(1, `${id}\n`)
      writer.settle(id, { outcome: "ok" })
    }
  }
  await Promise.all(["a", "b", "c", "d"].map(client))
} catch (error) {
  writeSync(2, JSON.stringify(error))
  process.exitCode = 1
}
