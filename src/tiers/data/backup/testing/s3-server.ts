import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const bucket = "backups"
const program = `
const options = { address: "127.0.0.1", port: 0, silent: true, directory: process.argv[1], configureBuckets: [{ name: "${bucket}" }] }
new (require("s3rver"))(options).run().then(({ port }) => process.send(port))
process.on("disconnect", () => process.exit())`

/**
 * Test support: a real server that speaks S3, as a process of its own, with one empty bucket; gone when the test ends. It
 * knows whose access key it is and does not check version 4 signatures. `directory` is where it keeps its files.
 */
export async function s3Server(t: { after(end: () => Promise<void>): void }) {
  const directory = mkdtempSync(join(tmpdir(), "banyan-s3-"))
  // It writes down where a list goes on by a cipher that OpenSSL 3 keeps apart.
  const child = spawn(process.execPath, ["--openssl-legacy-provider", "-e", program, directory], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  })
  t.after(async () => {
    const gone = once(child, "exit")
    child.kill("SIGKILL")
    await gone
    rmSync(directory, { recursive: true, force: true })
  })
  const [port] = await once(child, "message")
  // Its only account.
  const credentials = { accessKeyId: "S3RVER", secretAccessKey: "S3RVER" }
  return { endpoint: `http://127.0.0.1:${port}`, region: "us-east-1", bucket, credentials, directory }
}
