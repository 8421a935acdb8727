import { existsSync, readFileSync, statSync } from "node:fs"
import type { Clock } from "../../../../kit/clock.ts"
import { type BanyanError, isBanyanError, messageOf } from "../../../../kit/errors.ts"
import type { CertificateReport } from "../../../../wire/report.ts"
import {
  type Certificate,
  type CertificatePaths,
  checkValidity,
  isValid,
  type Pem,
  readCertificate,
} from "./certificate.ts"
import { certificateError } from "./certificate-errors.ts"

/** Where a pair lies, and what was last found good there by somebody who has looked before. */
export type CertificateSource = CertificatePaths & {
  readonly pem?: Pem | undefined
  /** It is still to come: that there is none yet is nobody's mistake. */
  readonly awaited?: boolean | undefined
}

/** Polled, because file watches miss what renames and mounts do: how often is seldom enough to cost nothing. */
const lookEveryMs = 2_000

type Pair = {
  readonly paths: CertificatePaths
  readonly awaited: boolean
  /** What is served. A bad file never takes its place. */
  current: Certificate | undefined
  /** Of the files as they were last read. */
  signature: string
  problem: BanyanError | undefined
  /** A problem counts when it stands at the next look, too: a pair that is being replaced is bad for a moment. */
  stands: boolean
}

/** Pairs of files, followed as they change: each good pair is taken over, each bad one is told, and the old one stays. */
export class CertificateFiles {
  readonly #pairs: readonly Pair[]
  readonly #clock: Clock
  readonly #onChange: () => void
  readonly #onProblem: (problem: BanyanError) => void
  #cancel = () => {}

  constructor(
    sources: readonly CertificateSource[],
    clock: Clock,
    on: { change(): void; problem(problem: BanyanError): void },
  ) {
    this.#clock = clock
    this.#onChange = () => on.change()
    this.#onProblem = problem => on.problem(problem)
    this.#pairs = sources.map(({ cert, key, pem, awaited = false }) => ({
      paths: { cert, key },
      awaited,
      current: pem && readCertificate(pem, { cert, key }),
      signature: "",
      problem: undefined,
      stands: false,
    }))
    for (const pair of this.#pairs) this.#lookAt(pair)
    const next = () => {
      this.#cancel = this.#clock.after(lookEveryMs, () => {
        next()
        this.look()
      })
    }
    next()
  }

  /** What is served, in the order of the configuration. */
  get certificates(): Certificate[] {
    return this.#pairs.flatMap(({ current }) => (current === undefined ? [] : [current]))
  }

  /** As it was given, with what is good now: for who comes next. */
  get sources(): CertificateSource[] {
    return this.#pairs.map(({ paths, awaited, current }) => ({
      ...paths,
      ...(awaited && { awaited }),
      ...(current && { pem: current.pem }),
    }))
  }

  report(): CertificateReport[] {
    const told = this.#pairs.filter(({ current, problem }) => current !== undefined || problem !== undefined)
    return told.map(({ paths, current, problem, stands }) => ({
      file: paths.cert,
      names: [...(current?.names ?? [])],
      serial: current?.leaf.serialNumber ?? "",
      notAfterMs: current?.notAfterMs ?? 0,
      ...(problem !== undefined && (stands || current === undefined) ? { problem: problem.message } : {}),
    }))
  }

  /** Reads what has changed since the last look, and what was bad. */
  look(): void {
    const changed = this.#pairs.map(pair => this.#lookAt(pair))
    if (changed.includes(true)) this.#onChange()
  }

  close(): void {
    this.#cancel()
  }

  /** Whether another certificate is served from now on. */
  #lookAt(pair: Pair): boolean {
    const { paths, awaited, current } = pair
    const signature = `${signatureOf(paths.cert)} ${signatureOf(paths.key)}`
    const isSame = signature === pair.signature
    // What was bad may be good without having changed: valid by now, or readable, with descriptors to be had again.
    if (isSame && pair.problem === undefined) return false
    pair.signature = signature
    if (awaited && current === undefined && !existsSync(paths.cert)) {
      pair.problem = undefined
      return false
    }
    try {
      const found = readPair(paths)
      const nowMs = this.#clock.nowMs()
      // One that is not valid is better than none, and no worse than another such.
      if (current !== undefined && isValid(current, nowMs)) checkValidity(found, paths, nowMs)
      pair.problem = undefined
      pair.current = found
      return current?.leaf.fingerprint256 !== found.leaf.fingerprint256 || current.pem.cert !== found.pem.cert
    } catch (error) {
      if (!isBanyanError(error)) throw error
      pair.problem = error
      if (isSame && !pair.stands) this.#onProblem(error)
      pair.stands = isSame
      return false
    }
  }
}

/** Throws BN2040 to BN2044: what a start of the service must not begin with. */
export function checkCertificateFiles(all: readonly CertificatePaths[], nowMs: number): Certificate[] {
  return all.map(paths => {
    const certificate = readPair(paths)
    checkValidity(certificate, paths, nowMs)
    return certificate
  })
}

/** A pair that lies in one file is read in one go: no switch of the file can mix it. */
function readPair(paths: CertificatePaths): Certificate {
  const cert = textOf(paths.cert)
  return readCertificate({ cert, key: paths.key === paths.cert ? cert : textOf(paths.key) }, paths)
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8")
  } catch (error) {
    throw certificateError("BN2040", { file, reason: messageOf(error) }, error)
  }
}

function signatureOf(file: string): string {
  try {
    const { ino, size, mtimeMs, ctimeMs } = statSync(file)
    return `${ino} ${size} ${mtimeMs} ${ctimeMs}`
  } catch (error) {
    return messageOf(error)
  }
}
