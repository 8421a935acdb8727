/**
 * The address a request came from, as the front door saw it: it sets X-Forwarded-For anew on every request and passes
 * on nothing a client claims. Empty where there is no front door (a test that calls `fetch` itself).
 */
export function clientAddress(request: Request): string {
  return request.headers.get("x-forwarded-for")?.split(",").at(-1)?.trim() ?? ""
}
