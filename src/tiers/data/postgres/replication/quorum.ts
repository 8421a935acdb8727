import type { Lsn } from "./lsn.ts"

/**
 * Whose acknowledgement a commit waits for: `acks` of the members, the primary itself not counted. The same on every
 * member, so that whoever is promoted keeps to it from its first commit on.
 */
export type Quorum = { readonly members: readonly string[]; readonly acks: number }

/** One acknowledgement, as soon as there is somebody to give it: never names more than exist, or a lone primary hangs. */
export function quorumOf(members: readonly string[]): Quorum {
  return { members, acks: members.length < 2 ? 0 : 1 }
}

/** The value of `synchronous_standby_names`. */
export function synchronousStandbyNames({ members, acks }: Quorum): string {
  if (acks >= members.length && acks > 0) throw new RangeError(`${acks} acks of ${members.length} members`)
  return acks === 0 ? "" : `ANY ${acks} (${members.map(quoted).join(", ")})`
}

/** What a value of `synchronous_standby_names` that was written here says, of a primary. */
export function quorumIn(names: string, primary: string): Quorum {
  const [, acks] = /^ANY (\d+) \(/.exec(names) ?? []
  if (acks === undefined) return { members: [primary], acks: 0 }
  const members = [...names.matchAll(/"((?:[^"]|"")*)"/g)].map(([, id = ""]) => id.replaceAll('""', '"'))
  return { members, acks: Number(acks) }
}

function quoted(id: string): string {
  return `"${id.replaceAll('"', '""')}"`
}

/** How far the log of a standby goes. Final once it is fenced: nobody sends it more. */
export type Position = { readonly id: string; readonly timeline: number; readonly lsn: Lsn }

export type Refusal = {
  readonly code: "nothing-acknowledged" | "too-few-reached"
  /** For people: why nobody may be promoted. */
  readonly words: string
}

export type Choice =
  | { readonly chosen: Position; readonly refusal?: never }
  | { readonly refusal: Refusal; readonly chosen?: never }

/**
 * Whom to promote in place of `former`, by the positions of the standbys that were fenced: the most advanced, provided
 * that R + W > N: of N standbys, W acknowledge every commit and R were reached, so one of those reached has everything
 * that was ever acknowledged. Else nobody: an acknowledged write might be lost. Equal ones in the order of the quorum.
 */
export function choosePrimary(quorum: Quorum, former: string, reached: readonly Position[]): Choice {
  const standbys = quorum.members.filter(id => id !== former)
  const eligible = standbys.flatMap(id => reached.find(position => position.id === id) ?? [])
  const [r, w, n] = [eligible.length, quorum.acks, standbys.length]
  if (w === 0) {
    const words = `commits on ${former} waited for no replica, so none is known to have them all`
    return { refusal: { code: "nothing-acknowledged", words } }
  }
  if (r + w <= n) {
    const missing = standbys.filter(id => !eligible.some(position => position.id === id)).join(", ")
    const words =
      `${r} of ${n} replicas were reached, and every commit was acknowledged by ${w} of them: ` +
      `${missing} may hold one that the others lack (needed: ${n - w + 1})`
    return { refusal: { code: "too-few-reached", words } }
  }
  return { chosen: eligible.reduce((best, next) => (isAhead(next, best) ? next : best)) }
}

/**
 * While the quorum changes, commits may have waited for either: somebody is chosen only when each allows it, and then the
 * most advanced of all is.
 */
export function chooseUnderAll(
  quorums: readonly Quorum[],
  former: string,
  reached: readonly Position[],
): Choice {
  const choices = quorums.map(quorum => choosePrimary(quorum, former, reached))
  const refused = choices.find(({ refusal }) => refusal !== undefined)
  if (refused !== undefined) return refused
  const chosen = choices.flatMap(({ chosen }) => chosen ?? [])
  if (chosen.length === 0) throw new RangeError("no quorum was given")
  return { chosen: chosen.reduce((best, next) => (isAhead(next, best) ? next : best)) }
}

/** A position on a later timeline is ahead of any on an earlier one, whatever its number. */
function isAhead(a: Position, b: Position): boolean {
  return a.timeline === b.timeline ? a.lsn > b.lsn : a.timeline > b.timeline
}
