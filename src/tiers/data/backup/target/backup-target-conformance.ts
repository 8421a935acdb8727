import assert from "node:assert/strict"
import { randomBytes } from "node:crypto"
import { type TestContext, test } from "node:test"
import type { BackupTarget } from "./backup-target.ts"
import { findObject, readObject } from "./read-object.ts"

type Factory = (t: TestContext) => Promise<{
  readonly target: BackupTarget
  /** Everything that lies there, however it is kept: what was never finished must leave nothing. */
  readonly reopened: () => Promise<BackupTarget>
}>

/** What every target promises (backup-target.ts). */
export function backupTargetConformance(name: string, factory: Factory): void {
  test(`${name}: what was put is there, whole, also for who comes later; putting again replaces`, async t => {
    const { target, reopened } = await factory(t)
    const bytes = randomBytes(100_000)
    assert.equal(await target.put("wal/a.zst", bytes), bytes.length)
    assert.deepEqual(await readObject(await reopened(), "wal/a.zst"), bytes)
    await target.put("wal/a.zst", Buffer.from("second"))
    assert.equal((await readObject(target, "wal/a.zst")).toString(), "second")
    assert.equal(await target.put("empty", Buffer.alloc(0)), 0)
    assert.equal((await readObject(target, "empty")).length, 0)
  })

  test(`${name}: a stream of any length, in pieces of any size`, async t => {
    const { target } = await factory(t)
    const pieces = [1, 65_536, 9_000_000, 3, 8_388_608, 5_000_000].map(length => randomBytes(length))
    const whole = Buffer.concat(pieces)
    const stream = async function* () {
      yield* pieces
    }
    assert.equal(await target.put("base/1/base.tar.zst", stream()), whole.length)
    assert.ok((await readObject(target, "base/1/base.tar.zst")).equals(whole))
  })

  test(`${name}: names below a prefix, in order, with their sizes`, async t => {
    const { target } = await factory(t)
    for (const [nth, each] of ["b/2", "a/1", "b/10", "b/x/1", "bc"].entries())
      await target.put(each, Buffer.alloc(nth))
    assert.deepEqual(await target.list("b/"), [
      { name: "b/10", bytes: 2 },
      { name: "b/2", bytes: 0 },
      { name: "b/x/1", bytes: 3 },
    ])
    assert.deepEqual(
      (await target.list("b/1")).map(({ name }) => name),
      ["b/10"],
    )
    assert.deepEqual((await target.list("")).length, 5)
    assert.deepEqual(await target.list("nothing/"), [])
  })

  test(`${name}: a body that fails or is given up leaves what was there before, and nothing else`, async t => {
    const { target, reopened } = await factory(t)
    await target.put("kept", Buffer.from("before"))
    const failing = async function* () {
      yield randomBytes(9_000_000)
      throw new Error("the source broke off")
    }
    await assert.rejects(target.put("kept", failing()), { message: "the source broke off" })
    await assert.rejects(target.put("fresh", failing()), { message: "the source broke off" })
    const abort = new AbortController()
    const endless = async function* () {
      for (;;) {
        yield randomBytes(9_000_000)
        abort.abort(new Error("no more"))
      }
    }
    await assert.rejects(target.put("kept", endless(), abort.signal), { message: "no more" })
    assert.deepEqual(await (await reopened()).list(""), [{ name: "kept", bytes: 6 }])
    assert.equal((await readObject(target, "kept")).toString(), "before")
  })

  test(`${name}: what is not there is told, and deleting it is no error`, async t => {
    const { target } = await factory(t)
    await assert.rejects(target.get("nothing"), { code: "BN2403" })
    assert.equal(await findObject(target, "nothing"), undefined)
    await target.delete("nothing")
    await target.put("gone", Buffer.from("x"))
    await target.delete("gone")
    assert.equal(await findObject(target, "gone"), undefined)
    assert.deepEqual(await target.list(""), [])
  })

  test(`${name}: no name leads out of it`, async t => {
    const { target } = await factory(t)
    for (const bad of ["../x", "/x", "a//b", "a/../b", ".hidden", "", "a b", "a\0b", "a/"])
      await assert.rejects(async () => target.put(bad, Buffer.from("x")), RangeError)
  })
}
