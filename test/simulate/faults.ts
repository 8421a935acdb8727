import { exponential, randomInt } from "../../src/kit/random.ts"
import { beatMs } from "../../src/kit/silence.ts"
import { type Profile, wait } from "./profile.ts"
import type { SimProcess } from "./sim-process.ts"
import { limits, type SimWorld } from "./sim-world.ts"

type Fault = { readonly everyMs: keyof Profile; readonly strike: (world: SimWorld) => void }

/** What befalls a world by itself. Failures of single calls and births are drawn where these happen. */
const faults: readonly Fault[] = [
  { everyMs: "deathEveryMs", strike: killProcess },
  { everyMs: "linkCutEveryMs", strike: cutLink },
  { everyMs: "hangEveryMs", strike: hangProcess },
  { everyMs: "cutOffEveryMs", strike: cutOffProcess },
  { everyMs: "leakEveryMs", strike: leakProcess },
  { everyMs: "databaseHangEveryMs", strike: hangDatabase },
  { everyMs: "replicaCutEveryMs", strike: cutReplica },
  { everyMs: "detachEveryMs", strike: loseAgent },
  { everyMs: "crashEveryMs", strike: world => world.supervisors.any()?.end("killed") },
  { everyMs: "freezeEveryMs", strike: freezeSupervisor },
  { everyMs: "rivalEveryMs", strike: world => world.isDown || world.supervisors.start() },
]

/** Lets each kind strike again and again, for as long as the world's profile says so. */
export function armFaults(world: SimWorld): void {
  for (const fault of faults) arm(world, fault)
}

function arm(world: SimWorld, fault: Fault): void {
  const meanMs = world.profile[fault.everyMs]
  if (meanMs === 0) return
  const inMs = Math.ceil(exponential(world.random, meanMs)) + wait(world.random, 1)
  world.clock.after(inMs, () => {
    if (world.profile[fault.everyMs] === 0) return
    fault.strike(world)
    arm(world, fault)
  })
}

function killProcess(world: SimWorld): void {
  const running = world.driver.running()
  const victim = running[randomInt(world.random, running.length)]
  if (victim === undefined) return
  world.note(`kill ${victim}`)
  world.driver.crash(victim)
}

function cutLink(world: SimWorld): void {
  const victim = anyProcess(world)
  if (victim === undefined) return
  world.note(`cut ${victim.id}`)
  victim.cutLink()
}

function hangProcess(world: SimWorld): void {
  const { clock, random } = world
  const victim = anyProcess(world)
  if (victim === undefined || victim.hangs) return
  world.note(`${victim.id} hangs`)
  victim.hang()
  if (random() < 0.7) clock.after(wait(random, 4 * limits.hungAfterMs), () => victim.thaw())
}

function cutOffProcess(world: SimWorld): void {
  const { clock, random } = world
  const victim = anyProcess(world)
  if (victim === undefined) return
  world.note(`${victim.id} cut off`)
  victim.cutOff = true
  victim.cutLink()
  clock.after(wait(random, 4 * limits.hungAfterMs), () => {
    victim.cutOff = false
  })
}

function leakProcess(world: SimWorld): void {
  const { clock, random } = world
  const victim = anyProcess(world)
  if (victim === undefined) return
  const bytes = random() < 0.2 ? 250 : 150
  world.note(`${victim.id} holds ${bytes}`)
  victim.grow(bytes)
  if (random() < 0.3) clock.after(wait(random, 8_000), () => victim.shrink())
}

function hangDatabase(world: SimWorld): void {
  const victim = anyDatabase(world)
  if (victim === undefined) return
  world.databases.hang(victim)
  if (world.random() < 0.6) world.clock.after(wait(world.random, 4_000), () => world.databases.thaw(victim))
}

function cutReplica(world: SimWorld): void {
  const victim = anyDatabase(world)
  if (victim === undefined) return
  world.databases.cut(victim)
  world.clock.after(wait(world.random, 8_000), () => world.databases.mend(victim))
}

function anyDatabase({ databases, random }: SimWorld) {
  const running = databases.running()
  return running[randomInt(random, running.length)]
}

function anyProcess({ processes, random }: SimWorld): SimProcess | undefined {
  return [...processes.values()][randomInt(random, processes.size)]
}

function loseAgent(world: SimWorld): void {
  world.detach()
  world.clock.after(wait(world.random, 3_000), () => world.attach())
}

/** Stopped for a while; often its agent ends it in time, or somebody starts another one meanwhile. */
function freezeSupervisor(world: SimWorld): void {
  const { random, clock, supervisors } = world
  const victim = supervisors.any()
  if (victim === undefined || victim.gate.frozen) return
  world.note(`s${victim.number} frozen`)
  victim.gate.freeze()
  if (random() < 0.5) {
    const noticedMs = limits.hungAfterMs + wait(random, beatMs)
    clock.after(noticedMs, () => victim.alive && victim.gate.frozen && victim.end("hung"))
  } else if (random() < 0.6) supervisors.start()
  clock.after(wait(random, 10_000), () => {
    if (!victim.alive) return
    world.note(`s${victim.number} thawed`)
    victim.gate.thaw()
  })
}
