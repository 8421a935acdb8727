export type Coding = "br" | "gzip" | "identity"

/** Best first: what is smaller wins among what the client likes equally. */
const ours: readonly Coding[] = ["br", "gzip", "identity"]

/** The coding to answer in (RFC 9110 section 12.5.3). Who refuses all of them gets the bytes as they are. */
export function codingFor(acceptEncoding: string | undefined): Coding {
  if (acceptEncoding === undefined) return "identity"
  const wanted = new Map<string, number>()
  for (const part of acceptEncoding.toLowerCase().split(",")) {
    const [name = "", ...parameters] = part.split(";").map(text => text.trim())
    const q = parameters.find(text => text.startsWith("q="))
    const weight = q === undefined ? 1 : Number(q.slice(2))
    wanted.set(name, Number.isFinite(weight) ? weight : 0)
  }
  // As they are is always right unless it is refused, and never better than what is asked for by name.
  const weightOf = (coding: Coding) =>
    wanted.get(coding) ?? wanted.get("*") ?? (coding === "identity" ? Number.MIN_VALUE : 0)
  const best = ours.reduce((best, coding) => (weightOf(coding) > weightOf(best) ? coding : best))
  return weightOf(best) > 0 ? best : "identity"
}
