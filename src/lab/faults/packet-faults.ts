import { execFile } from "node:child_process"
import { promisify } from "node:util"
import { messageOf } from "../../kit/errors.ts"
import type { Fault } from "./fault.ts"
import { faultError } from "./fault-errors.ts"
import { packetFilter } from "./own-network.ts"
import type { Ways } from "./toxic-proxy/toxic.ts"

/**
 * What happens to packets of a TCP port on loopback (IPv4), where nobody's program is in the way: a connect hangs,
 * lost bytes are sent again by the kernel, ever less often, and time-outs are the kernel's. `up` goes to who listens
 * on the port. Struck only in a network of its own: see own-network.ts.
 */
export type PacketFaultOptions = {
  readonly subject: string
  readonly port: number
  readonly ways: Ways
}

/** All are lost. */
export function packetCutFault(options: PacketFaultOptions): Fault {
  return packetFault("cut", "DROP", options, ["-j", "DROP"])
}

/** Who sends one is answered with a reset, until it is healed; a connect is refused. */
export function packetResetFault(options: PacketFaultOptions): Fault {
  // The resets it sends pass the same rules, and would be dropped.
  const notReset = ["!", "--tcp-flags", "RST", "RST"]
  return packetFault("reset", "REJECT", options, [...notReset, "-j", "REJECT", "--reject-with", "tcp-reset"])
}

/** Some are lost, each with this probability. Chance is the kernel's: it cannot be given a seed. */
export function packetLossFault(options: PacketFaultOptions & { readonly probability: number }): Fault {
  const { probability } = options
  const chance = ["-m", "statistic", "--mode", "random", "--probability", String(probability)]
  return packetFault("loss", `DROP of ${probability * 100} %`, options, [...chance, "-j", "DROP"])
}

/** A rule for each way. In INPUT, where a packet has left its sender: dropped in OUTPUT, the sender would be told. */
export function rulesOf(
  { port, ways }: Pick<PacketFaultOptions, "port" | "ways">,
  does: readonly string[],
): string[][] {
  const ends = { up: ["--dport"], down: ["--sport"], both: ["--dport", "--sport"] }[ways]
  return ends.map(end => ["INPUT", "-p", "tcp", end, String(port), ...does])
}

const run = promisify(execFile)

function packetFault(name: string, how: string, options: PacketFaultOptions, does: readonly string[]): Fault {
  const { subject, port, ways } = options
  const set: string[][] = []
  const change = async (verb: "-A" | "-D", rule: readonly string[]) => {
    const filter = packetFilter()
    if (filter === undefined) throw new Error("this process is not in a network of its own")
    // It may wait so long for another one that is setting rules.
    await run(filter, ["-w", "5", verb, ...rule])
  }
  const heal = async () => {
    for (let rule = set.pop(); rule !== undefined; rule = set.pop()) await change("-D", rule)
  }
  return {
    name,
    subject,
    detail: `${ways === "both" ? "both ways" : `${ways} only`}, iptables ${how} of port ${port}`,
    async strike() {
      if (set.length > 0) return
      try {
        for (const rule of rulesOf(options, does)) {
          await change("-A", rule)
          set.push(rule)
        }
      } catch (error) {
        await heal()
        throw faultError("BN3020", { name, subject, reason: messageOf(error) }, error)
      }
    },
    heal,
  }
}
