import { findPrimary } from "./find-primary.ts"
import type { Fleet } from "./fleet.ts"
import type { ServerGroup } from "./server-group.ts"
import type { ServerPlace } from "./server-place.ts"

/**
 * Lets a group follow what its servers say of themselves, for whoever has no map. Who is primary is found anew each time
 * something is heard. Nobody is believed before each was asked: a former primary may answer first. One server alone need
 * not be asked: it is held to be the primary by each connection that is made to it.
 */
export function followByAsking(group: ServerGroup, given: readonly ServerPlace[]): void {
  const places = given.filter(({ name }, at) => given.findIndex(place => place.name === name) === at)
  const unheard = new Set(places.map(({ name }) => name))
  let primary = places.length === 1 ? places[0]?.name : undefined
  const say = () => {
    const fleet: Fleet = { places, primary, paused: false, draining: new Set(), timeline: 0 }
    group.follow(fleet)
  }
  group.onHeard(server => {
    unheard.delete(server.place.name)
    if (unheard.size > 0) return
    const candidates = group.servers.map(server => ({ server, status: server.status }))
    const found = findPrimary(candidates, group.primary, group.known)
    if (found !== undefined) primary = found.place.name
    // It says of itself that it is none, and nobody else is: work waits.
    else if (group.primary?.status?.recovering === true) primary = undefined
    say()
  })
  say()
}
