/**
 * The cookies of one user at one service, as a browser keeps them: by name, the latest one counts, one that is over is
 * gone (RFC 6265 section 5.3). Path, domain and expiry by date are not looked at: one service, for minutes.
 */
export class CookieJar {
  readonly #values = new Map<string, string>()

  /** What the Set-Cookie fields of an answer said. */
  keep(setCookies: readonly string[]): void {
    for (const setCookie of setCookies) {
      const [pair = "", ...attributes] = setCookie.split(";").map(part => part.trim())
      const equals = pair.indexOf("=")
      if (equals < 1) continue
      const name = pair.slice(0, equals)
      if (attributes.some(each => /^max-age=(0|-\d+)$/i.test(each))) this.#values.delete(name)
      else this.#values.set(name, pair.slice(equals + 1))
    }
  }

  /** A Cookie field; empty when there is none. */
  get header(): string {
    return [...this.#values].map(([name, value]) => `${name}=${value}`).join("; ")
  }
}
