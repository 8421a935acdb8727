import assert from "node:assert/strict"
import type { WebHandler } from "banyan"

export const HOST = "http://beigel.test"

// biome-ignore lint/suspicious/noExplicitAny: a test looks into answers of every shape
export type Answer = { readonly status: number; readonly body: any; readonly headers: Headers }

/** A client as a browser is one: it keeps cookies and says where its requests come from. */
export class Visitor {
  readonly #web: WebHandler
  #cookie: string | undefined

  constructor(web: WebHandler) {
    this.#web = web
  }

  get(path: string): Promise<Answer> {
    return this.ask("GET", path)
  }
  post(path: string, body?: unknown): Promise<Answer> {
    return this.ask("POST", path, body)
  }
  patch(path: string, body: unknown): Promise<Answer> {
    return this.ask("PATCH", path, body)
  }
  put(path: string): Promise<Answer> {
    return this.ask("PUT", path)
  }
  delete(path: string): Promise<Answer> {
    return this.ask("DELETE", path)
  }

  async ask(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const json = body === undefined ? {} : { "content-type": "application/json" }
    const init: RequestInit = { method, headers: { origin: HOST, ...json, ...this.#jar(), ...headers } }
    if (body !== undefined) init.body = typeof body === "string" ? body : JSON.stringify(body)
    return this.send(new Request(HOST + path, init))
  }

  async send(request: Request): Promise<Answer> {
    const response = await this.#web.fetch(request)
    const [cookie] = response.headers.getSetCookie()
    if (cookie !== undefined) this.#cookie = /Max-Age=0/.test(cookie) ? undefined : cookie.split(";")[0]
    const text = await response.text()
    const isJson = response.headers.get("content-type")?.startsWith("application/json")
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text }
  }

  async signUp(handle: string, password = "correct horse"): Promise<Answer> {
    const answer = await this.post("/api/signup", { handle, password })
    assert.equal(answer.status, 201, JSON.stringify(answer.body))
    return answer
  }

  /** All items of a list, page by page. */
  // biome-ignore lint/suspicious/noExplicitAny: as above
  async all(path: string, onPage: (items: any[]) => Promise<void> = async () => {}): Promise<any[]> {
    const items = []
    for (let cursor: string | null = ""; cursor !== null; ) {
      const answer: Answer = await this.get(
        cursor === "" ? path : `${path}&cursor=${encodeURIComponent(cursor)}`,
      )
      assert.equal(answer.status, 200, JSON.stringify(answer.body))
      items.push(...answer.body.items)
      cursor = answer.body.nextCursor
      await onPage(answer.body.items)
    }
    return items
  }

  /** Cookie header for a request made by hand. */
  #jar(): Record<string, string> {
    return this.#cookie === undefined ? {} : { cookie: this.#cookie }
  }
}

/** Asserts a refusal: its status, its code and, if it is told, its field. */
export function assertRefused(answer: Answer, status: number, code: string, field?: string): void {
  assert.equal(answer.status, status, JSON.stringify(answer.body))
  assert.equal(answer.body.error.code, code)
  assert.ok(answer.body.error.message.length > 10)
  if (field !== undefined) assert.equal(answer.body.error.field, field)
}
