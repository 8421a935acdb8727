import { defineErrors } from "../../../../kit/errors.ts"

/** What can go wrong between a primary and its replicas. Nothing half-made is left by any of them. */
export const replicationError = defineErrors({
  BN2250: {
    fault: "system",
    say: d => `the base backup of ${d.from} broke off: ${d.reason}`,
    todo: "Nothing is left of it. It can be taken again as soon as that server answers.",
  },
  BN2251: {
    fault: "system",
    say: d => `the base backup holds ${d.path}, which is refused: ${d.reason}`,
    todo: "Look who answers at that address: a Postgres of Banyan's sends nothing like it. Nothing was written for it.",
  },
  BN2252: {
    fault: "system",
    say: d => `the base backup lacks ${d.path}, which its manifest names (problem 1 of ${d.problems})`,
    todo: "Take it again. If it happens again, the disk or the memory of one of the two machines is at fault.",
  },
  BN2253: {
    fault: "system",
    say: d =>
      `the base backup holds ${d.path}, which its manifest does not name (problem 1 of ${d.problems})`,
    todo: "Take it again. If it happens again, look who answers at that address.",
  },
  BN2254: {
    fault: "system",
    say: d =>
      `the base backup's ${d.path} has ${d.found} bytes; its manifest says ${d.wanted} (problem 1 of ${d.problems})`,
    todo: "Take it again. If it happens again, the disk or the memory of one of the two machines is at fault.",
  },
  BN2255: {
    fault: "system",
    say: d =>
      `the base backup's ${d.path} has the checksum ${d.found}; its manifest says ${d.wanted} (problem 1 of ${d.problems})`,
    todo: "Take it again. If it happens again, the disk or the memory of one of the two machines is at fault.",
  },
  BN2256: {
    fault: "system",
    say: d => `the manifest of the base backup cannot be used: ${d.reason}`,
    todo: "Take it again. If it happens again, look which version of Postgres answers at that address.",
  },
  BN2257: {
    fault: "system",
    say: d => `${d.id} does not stream from ${d.from} after ${d.waitedMs} ms: ${d.reason}`,
    todo: "Its log tells more: `npx banyan logs`. A replica that cannot follow is built anew.",
  },
  BN2258: {
    fault: "system",
    say: d => `replication slot ${d.slot} of ${d.on} is in use by another process (pid ${d.pid})`,
    todo: "Stop the replica that uses it first.",
  },
  BN2259: {
    fault: "system",
    say: d => `${d.id} can never follow ${d.from}: ${d.reason}`,
    todo: "Its copy is dropped and built anew from a base backup; nothing that was acknowledged is in it alone.",
  },
  BN2260: {
    fault: "system",
    say: d => `${d.folder} was not removed: ${d.id} works in it`,
    todo: "Stop that server first.",
  },
  BN2261: {
    fault: "system",
    say: d =>
      `commits on ${d.primary} shall wait for ${d.acks} of ${d.standbys}, and would wait for ever: ${d.reason}`,
    todo: "Nothing was changed. Wait until the replicas stream, or ask for fewer acknowledgements.",
  },
  BN2262: {
    fault: "system",
    say: d => `${d.id} cannot be fenced: it is a primary itself`,
    todo: "Look at the map again: the change was planned from an old one.",
  },
  BN2263: {
    fault: "system",
    say: d => `${d.id} was told to become the primary, and whether it did is not known: ${d.reason}`,
    todo: "The others stay fenced, so nothing is acknowledged twice over. It is looked at again and the failover goes on.",
  },
  BN2264: {
    fault: "system",
    say: d => `the switchover from ${d.from} to ${d.to} was given up: ${d.reason}`,
    todo: "Nothing is lost: the former primary serves on. See `npx banyan logs`, mend what is said, and try again.",
  },
  BN2265: {
    fault: "system",
    say: d => `${d.path}, where this host keeps who was promoted, cannot be used: ${d.reason}`,
    todo: "Nothing was changed. Put the file back from a backup; without it nobody can say which server has everything.",
  },
  BN2266: {
    fault: "user",
    say: d => `${d.folder} holds data of another cluster than ${d.primary}'s; ${d.id} was not started`,
    todo: "Nothing was touched. Move that folder away, if nobody needs it: a copy of the primary is made in its place.",
  },
  BN2267: {
    fault: "system",
    say: d => `${d.id} is the primary, and its data folder ${d.folder} is gone`,
    todo: "It was not started, for it would be empty. Put the folder back; the replicas still have a copy of its data.",
  },
  BN2268: {
    fault: "system",
    say: d => `${d.id} is the primary: it cannot be ${d.what}`,
    todo: "Look at the map again: the change was planned from an old one.",
  },
  BN2269: {
    fault: "system",
    say: d => `${d.id} is not the primary: ${d.primary} was promoted`,
    todo: "Nothing was changed. Look at the map again: the change was planned from an old one.",
  },
})
