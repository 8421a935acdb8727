import https from "node:https"
import type { TestContext } from "node:test"
import type { TLSSocket } from "node:tls"

export type HttpsLoadOptions = {
  readonly port: number
  readonly servername: string
  readonly perSecond: number
  /** Who signed the certificate; without it any is believed. */
  readonly ca?: string
  /** What answers differ in: their text, or the certificate they came under. */
  readonly distinguish: "body" | "serial"
}

/** Requests that leave on time whatever the answers do, each tried once: in turn on kept connections and on new ones. */
export function httpsLoad(t: TestContext, options: HttpsLoadOptions) {
  const { port, servername, perSecond, ca, distinguish } = options
  const trust = ca === undefined ? { rejectUnauthorized: false } : { ca }
  const agents = [
    new https.Agent({ ...trust, keepAlive: true, ...(ca !== undefined && { maxCachedSessions: 0 }) }),
    new https.Agent({ ...trust, keepAlive: false, maxCachedSessions: 0 }),
  ]
  const failed: string[] = []
  const kinds = new Set<string>()
  const underWay = new Set<Promise<void>>()
  let sent = 0
  const send = () => {
    const agent = agents[sent++ % 2]!
    const one = new Promise<void>(resolve => {
      const fail = (error: Error) => {
        failed.push(String(error))
        resolve()
      }
      const request = https.get({ host: "127.0.0.1", port, agent, servername }, answer => {
        let body = ""
        if (answer.statusCode !== 200) failed.push(`status ${answer.statusCode}`)
        const serial = (answer.socket as TLSSocket).getPeerCertificate()?.serialNumber
        answer.setEncoding("utf8").on("data", piece => (body += piece))
        answer.on("error", fail).on("end", () => {
          kinds.add(distinguish === "body" ? body : serial)
          resolve()
        })
      })
      request.on("error", fail)
    })
    underWay.add(one)
    void one.finally(() => underWay.delete(one))
  }
  const timer = setInterval(send, 1000 / perSecond)
  t.after(() => {
    clearInterval(timer)
    for (const agent of agents) agent.destroy()
  })
  return {
    async stop() {
      clearInterval(timer)
      await Promise.all(underWay)
      return { sent, failed, kinds: kinds.size }
    },
  }
}
