import { execFileSync, spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import https from "node:https"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"

const missing = ["pebble", "pebble-challtestsrv", "openssl"].find(
  program => spawnSync("sh", ["-c", `command -v ${program}`]).status !== 0,
)
/** Why tests with a certificate authority are skipped; false where there is Pebble, Let's Encrypt's own for tests. */
export const noPebble = missing === undefined ? false : `${missing} is not installed`

export type PebbleOptions = {
  /** Where it asks for challenges, on 127.0.0.1: every name leads there. */
  readonly httpPort: number
  /** Of the certificates it makes; five years when left out. */
  readonly validityS?: number
  /** Variables of its own beside those below. */
  readonly env?: Readonly<Record<string, string>>
}

export type Pebble = {
  readonly directoryUrl: string
  /** The roots by which its directory is trusted: a file, PEM. */
  readonly caFile: string
  readonly ca: string
  /** The root of the certificates it makes, PEM. */
  root(): Promise<string>
  /** What it has said. */
  said(): string
  /** Every name leads there from now on: `127.0.0.1`, or somewhere where nobody answers. */
  pointNamesAt(address: string): Promise<void>
  /** It answers nothing, until `thaw`: an order stays where it is. */
  freeze(): void
  thaw(): void
  stop(): Promise<void>
}

const patienceMs = 30_000

/**
 * A certificate authority on free ports, its names resolved by a DNS server of its own. Strict; refuses one nonce in ten,
 * because the library gives up after six in a row.
 */
export async function startPebble({ httpPort, validityS, env = {} }: PebbleOptions): Promise<Pebble> {
  const folder = mkdtempSync(join(tmpdir(), "pebble-"))
  const [port, managementPort, dnsPort, dnsManagementPort] = await freePorts(4)
  makeServerCertificate(folder)
  const config = {
    listenAddress: `127.0.0.1:${port}`,
    managementListenAddress: `127.0.0.1:${managementPort}`,
    certificate: join(folder, "server.pem"),
    privateKey: join(folder, "server.key"),
    httpPort,
    tlsPort: 1,
    domainBlocklist: ["blocked.test"],
    ...(validityS !== undefined && { certificateValidityPeriod: validityS }),
  }
  writeFileSync(join(folder, "config.json"), JSON.stringify({ pebble: config }))
  const names = ["-management", `127.0.0.1:${dnsManagementPort}`, "-dns01", `127.0.0.1:${dnsPort}`]
  const dns = program("pebble-challtestsrv", [
    ...names,
    ...["-http01", "", "-https01", "", "-tlsalpn01", "", "-defaultIPv6", ""],
  ])
  const pebble = program(
    "pebble",
    ["-strict", "-config", join(folder, "config.json"), "-dnsserver", `127.0.0.1:${dnsPort}`],
    { PEBBLE_VA_NOSLEEP: "1", PEBBLE_WFE_NONCEREJECT: "10", PEBBLE_AUTHZREUSE: "0", ...env },
  )
  const caFile = join(folder, "ca.pem")
  const ca = readFileSync(caFile, "utf8")
  const stop = async () => {
    await Promise.all([pebble.end(), dns.end()])
    rmSync(folder, { recursive: true, force: true })
  }
  const directoryUrl = `https://127.0.0.1:${port}/dir`
  try {
    await answered(() => get(directoryUrl, ca))
    await answered(() => pointNames("127.0.0.1"))
  } catch (error) {
    await stop()
    throw new Error(`pebble does not answer: ${pebble.said()} ${dns.said()}`, { cause: error })
  }
  async function pointNames(ip: string): Promise<void> {
    const url = `http://127.0.0.1:${dnsManagementPort}/set-default-ipv4`
    const { ok, status } = await fetch(url, { method: "POST", body: JSON.stringify({ ip }) })
    if (!ok) throw new Error(`status ${status}`)
  }
  return {
    directoryUrl,
    caFile,
    ca,
    root: () => get(`https://127.0.0.1:${managementPort}/roots/0`, ca),
    said: pebble.said,
    pointNamesAt: pointNames,
    freeze: () => pebble.signal("SIGSTOP"),
    thaw: () => pebble.signal("SIGCONT"),
    stop,
  }
}

function program(name: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = spawn(name, args, { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] })
  let words = ""
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", piece => {
      words = (words + piece).slice(-20_000)
    })
  const ended = once(child, "exit")
  return {
    said: () => words,
    signal: (name: NodeJS.Signals) => void child.kill(name),
    async end() {
      child.kill("SIGKILL")
      await ended
    },
  }
}

/** A root, and a server's certificate by it. */
function makeServerCertificate(folder: string): void {
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
  const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: folder, stdio: "ignore" })
  openssl(
    "req",
    "-x509",
    "-nodes",
    ...curve,
    "-days",
    "2",
    "-subj",
    "/CN=root",
    "-keyout",
    "ca.key",
    "-out",
    "ca.pem",
  )
  openssl("req", "-nodes", ...curve, "-subj", "/CN=pebble", "-keyout", "server.key", "-out", "server.csr")
  writeFileSync(join(folder, "san"), "subjectAltName=IP:127.0.0.1,DNS:localhost")
  const signing = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "san"]
  openssl("x509", "-req", "-in", "server.csr", ...signing, "-out", "server.pem")
}

function get(url: string, ca: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = https.get(url, { ca, agent: false }, response => {
      let text = ""
      response.setEncoding("utf8").on("data", piece => {
        text += piece
      })
      response.on("end", () => resolve(text)).on("error", reject)
    })
    request.on("error", reject)
  })
}

async function answered(ask: () => Promise<unknown>): Promise<void> {
  for (const deadlineMs = Date.now() + patienceMs; ; ) {
    try {
      await ask()
      return
    } catch (error) {
      if (Date.now() > deadlineMs) throw error
      await sleep(50)
    }
  }
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"))
  await Promise.all(servers.map(server => once(server, "listening")))
  const ports = servers.map(server => (server.address() as { port: number }).port)
  await Promise.all(servers.map(server => once(server.close(), "close")))
  return ports
}
