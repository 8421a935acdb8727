import assert from "node:assert/strict"
import { appendFileSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs"
import { test } from "node:test"
import { type BanyanError, isBanyanError } from "../../../../kit/errors.ts"
import { systemClock } from "../../../../kit/node/system-clock.ts"
import { temporaryFolder, until } from "../../testing/edge-fixture.ts"
import { makeCertificate, noOpenssl, pemOf, serialOf } from "../../testing/tls-fixture.ts"
import { certificateFor, readCertificate } from "./certificate.ts"
import { CertificateFiles, checkCertificateFiles } from "./certificate-files.ts"

const dayMs = 86_400_000
const skip = noOpenssl

function codeOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    assert.ok(isBanyanError(error), String(error))
    return `${error.code} ${error.message}`
  }
  return "no error"
}

test("every way in which a pair is bad has its code and names its file", { skip }, t => {
  const folder = temporaryFolder(t)
  const good = makeCertificate(folder, "good", ["a.test"])
  const other = makeCertificate(folder, "other", ["a.test"])
  const write = (file: string, text: string) => {
    writeFileSync(`${folder}/${file}`, text)
    return `${folder}/${file}`
  }
  const check = (paths: { cert?: string; key?: string }, nowMs = Date.now()) =>
    codeOf(() => checkCertificateFiles([{ ...good, ...paths }], nowMs))
  assert.equal(check({}), "no error")
  assert.match(check({ cert: `${folder}/none.pem` }), /^BN2040 .*none\.pem: cannot be read: ENOENT/)
  assert.match(check({ key: folder }), /^BN2040 .*EISDIR/)
  assert.match(check({ cert: write("x.pem", "hello") }), /^BN2041 .*x\.pem: holds no certificate/)
  assert.match(check({ key: write("x.key", "hello") }), /^BN2042 .*x\.key: holds no private key/)
  assert.match(check({ key: good.cert }), /^BN2042 /)
  assert.match(check({ key: other.key }), /^BN2043 .*other\.key: is not the private key of .*good\.pem/)
  assert.match(check({}, Date.now() + 31 * dayMs), /^BN2044 .*good\.pem: is valid from .* to .* only/)
  assert.match(check({}, Date.now() - dayMs), /^BN2044 /)
  const weak = makeCertificate(folder, "weak", ["a.test"], ["rsa:1024"])
  assert.match(check(weak), /^BN2041 .*weak\.pem.*ee key too small/)
})

test("names come from the subjectAltName; a chain behind the first certificate does no harm", { skip }, t => {
  const folder = temporaryFolder(t)
  const paths = makeCertificate(folder, "a", ["a.test", "*.a.test"])
  appendFileSync(paths.cert, readFileSync(makeCertificate(folder, "ca", ["ca.test"]).cert))
  const certificate = readCertificate(pemOf(paths), paths)
  assert.deepEqual(certificate.names, ["a.test", "*.a.test"])
  assert.equal(certificateFor("ca.test", []), undefined)
})

test("files are followed: a good pair at once, a bad one told when it stands, and never taken", {
  skip,
}, t => {
  const folder = temporaryFolder(t)
  const paths = makeCertificate(folder, "a", ["a.test"])
  const problems: BanyanError[] = []
  let changes = 0
  let nowMs = Date.now() + 60_000
  const files = new CertificateFiles(
    [paths],
    { ...systemClock, nowMs: () => nowMs, after: () => () => {} },
    {
      change: () => changes++,
      problem: problem => problems.push(problem),
    },
  )
  const serial = () => files.report()[0]?.serial
  const first = serialOf(paths)
  assert.equal(serial(), first)
  assert.equal(changes, 0)

  // Half of a renewal: the key is new, the certificate is not there yet. Nobody is alarmed.
  const { cert, key } = pemOf(paths)
  const next = pemOf(makeCertificate(folder, "next", ["a.test"]))
  writeFileSync(paths.key, next.key)
  files.look()
  writeFileSync(paths.cert, next.cert)
  files.look()
  assert.deepEqual(
    [problems.length, changes, serial()],
    [0, 1, serialOf({ ...paths, cert: `${folder}/next.pem` })],
  )

  writeFileSync(paths.key, key)
  files.look()
  files.look()
  files.look()
  assert.deepEqual(
    problems.map(({ code }) => code),
    ["BN2043"],
  )
  assert.match(files.report()[0]?.problem ?? "", /is not the private key/)
  writeFileSync(paths.cert, cert)
  files.look()
  assert.deepEqual([serial(), changes, files.report()[0]?.problem], [first, 2, undefined])

  // Touched, and nothing else: no change.
  utimesSync(paths.cert, new Date(), new Date(Date.now() + 5000))
  files.look()
  assert.equal(changes, 2)
  rmSync(paths.cert)
  files.look()
  files.look()
  assert.deepEqual([serial(), problems.at(-1)?.code], [first, "BN2040"])

  // All have expired: the newest is no worse than what is served.
  nowMs += 40 * dayMs
  makeCertificate(folder, "a", ["a.test"])
  files.look()
  assert.equal(serial(), serialOf(paths))
})

test("a certificate that is not valid yet is taken over when it is, though its files change no more", {
  skip,
}, async t => {
  const folder = temporaryFolder(t)
  const paths = makeCertificate(folder, "a", ["a.test"])
  const startsMs = () => readCertificate(pemOf(paths), paths).notBeforeMs
  const firstMs = startsMs()
  let nowMs = Date.now()
  const problems: BanyanError[] = []
  const files = new CertificateFiles(
    [paths],
    { ...systemClock, nowMs: () => nowMs, after: () => () => {} },
    { change() {}, problem: problem => problems.push(problem) },
  )
  // Certificates count in seconds.
  await until(() => Date.now() >= firstMs + 1000)
  makeCertificate(folder, "a", ["a.test"])
  nowMs = startsMs() - 1
  for (let looks = 0; looks < 3; looks++) files.look()
  assert.deepEqual(
    problems.map(({ code }) => code),
    ["BN2044"],
  )
  nowMs++
  files.look()
  assert.deepEqual(
    [files.report()[0]?.serial, files.report()[0]?.problem, problems.length],
    [serialOf(paths), undefined, 1],
  )
})

test("who starts while files are bad serves what the one before found good; without that, nothing", {
  skip,
}, t => {
  const folder = temporaryFolder(t)
  const paths = makeCertificate(folder, "a", ["a.test"])
  const [pem, serial] = [pemOf(paths), serialOf(paths)]
  writeFileSync(paths.cert, "broken")
  const start = (source: object) => {
    const files = new CertificateFiles([{ ...paths, ...source }], systemClock, { change() {}, problem() {} })
    t.after(() => files.close())
    return files
  }
  const [heir, alone] = [start({ pem }), start({})]
  assert.deepEqual([heir.report()[0]?.serial, heir.sources[0]?.pem], [serial, pem])
  assert.deepEqual([alone.certificates.length, alone.report()[0]?.serial], [0, ""])
  assert.match(alone.report()[0]?.problem ?? "", /no certificate/)
})

test("a pair may lie in one file, whichever comes first in it; one that is awaited is no problem until it is there", {
  skip,
}, t => {
  const folder = temporaryFolder(t)
  const made = pemOf(makeCertificate(folder, "made", ["a.test"]))
  const file = `${folder}/both.pem`
  const problems: BanyanError[] = []
  const files = new CertificateFiles([{ cert: file, key: file, awaited: true }], systemClock, {
    change() {},
    problem: problem => problems.push(problem),
  })
  t.after(() => files.close())
  const look = (text?: string) => {
    if (text !== undefined) writeFileSync(file, text)
    files.look()
    files.look()
    return files.report().map(({ names, problem }) => problem ?? names.join())
  }
  assert.deepEqual([look(), problems, files.sources], [[], [], [{ cert: file, key: file, awaited: true }]])
  assert.match(look("no certificate")[0]!, /both\.pem: holds no certificate/)
  assert.deepEqual(look(made.cert + made.key), ["a.test"])
  assert.deepEqual(look(made.key + made.cert), ["a.test"])
  rmSync(file)
  assert.match(look()[0]!, /both\.pem: cannot be read: ENOENT/)
  assert.equal(files.certificates.length, 1)
})
