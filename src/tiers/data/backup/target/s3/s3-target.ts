import { Readable } from "node:stream"
import type { ReadableStream } from "node:stream/web"
import { S3mini } from "s3mini"
import { messageOf } from "../../../../../kit/errors.ts"
import { backupError } from "../../backup-errors.ts"
import { type BackupTarget, checkName, type ObjectBody, type StoredObject } from "../backup-target.ts"
import type { S3Credentials } from "./s3-credentials.ts"

export type S3TargetOptions = {
  /** `https://s3.eu-central-1.amazonaws.com`; the bucket is put behind it as a path. */
  readonly endpoint: string
  readonly region: string
  readonly bucket: string
  /** Before every name; empty, or without a slash at its end. */
  readonly prefix: string
  readonly credentials: S3Credentials
}

const mebibyte = 1024 * 1024
/** S3 takes parts of at least 5 MiB and at most 10,000 of them: the later ones are larger, 570 GiB fit in. */
const partBytesOf = (nth: number) => (nth <= 1000 ? 8 * mebibyte : 64 * mebibyte)
/** A request that sends one part; a peer that is silent longer is gone. */
const requestTimeoutMs = 120_000

/** A bucket of S3, or of what speaks like it (MinIO, Garage, Ceph, R2). */
export class S3Target implements BackupTarget {
  readonly name: string
  readonly #s3: S3mini
  readonly #prefix: string

  constructor({ endpoint, region, bucket, prefix, credentials }: S3TargetOptions) {
    this.#prefix = prefix === "" ? "" : `${prefix}/`
    this.name = `s3://${bucket}/${prefix}`
    this.#s3 = new S3mini({
      ...credentials,
      region,
      endpoint: `${endpoint.replace(/\/$/, "")}/${bucket}`,
      fetch: timedFetch,
    })
  }

  async put(name: string, body: ObjectBody, signal?: AbortSignal): Promise<number> {
    const key = this.#keyOf(name)
    const parts = body instanceof Uint8Array ? wholeOf(body) : partsOf(body)
    const first = await parts.next()
    signal?.throwIfAborted()
    const begun = first.done ? Buffer.alloc(0) : first.value
    // What fits into one part is one request, which S3 carries out whole or not at all.
    if (begun.length < partBytesOf(1) || body instanceof Uint8Array) {
      await this.#calling("writing", name, () => this.#s3.putObject(key, begun))
      return begun.length
    }
    return this.#putParts({ name, key, signal }, begun, parts)
  }

  async get(name: string): Promise<Readable> {
    const key = this.#keyOf(name)
    const found = await this.#calling("reading", name, () => this.#s3.getObjectResponse(key))
    if (found === null) throw backupError("BN2403", { target: this.name, name })
    return found.body === null ? Readable.from([]) : Readable.fromWeb(found.body as ReadableStream)
  }

  async list(prefix: string): Promise<readonly StoredObject[]> {
    const found = await this.#calling("listing", prefix, () =>
      this.#s3.listObjects("/", this.#prefix + prefix),
    )
    if (found === null) throw backupError("BN2404", { target: this.name, reason: "there is no such bucket" })
    return found
      .map(({ Key, Size }) => ({ name: Key.slice(this.#prefix.length), bytes: Size }))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
  }

  async delete(name: string): Promise<void> {
    const key = this.#keyOf(name)
    await this.#calling("deleting", name, () => this.#s3.deleteObject(key))
  }

  /** The object appears with the last call; parts without it are thrown away. */
  async #putParts(
    { name, key, signal }: { name: string; key: string; signal: AbortSignal | undefined },
    first: Buffer,
    rest: AsyncIterator<Buffer>,
  ): Promise<number> {
    const writing = <T>(work: () => Promise<T>) => this.#calling("writing", name, work)
    const upload = await writing(() => this.#s3.getMultipartUploadId(key))
    try {
      const sent: { partNumber: number; etag: string }[] = []
      let bytes = 0
      for (let part: Buffer | undefined = first; part !== undefined; ) {
        const current: Buffer = part
        sent.push(await writing(() => this.#s3.uploadPart(key, upload, current, sent.length + 1)))
        bytes += current.length
        signal?.throwIfAborted()
        const next: IteratorResult<Buffer> = await rest.next()
        part = next.done ? undefined : next.value
      }
      await writing(() => this.#s3.completeMultipartUpload(key, upload, sent))
      return bytes
    } catch (error) {
      await this.#s3.abortMultipartUpload(key, upload).catch(() => {})
      throw error
    }
  }

  #keyOf(name: string): string {
    checkName(name)
    return this.#prefix + name
  }

  /** Throws BN2401, BN2402, BN2404. */
  async #calling<T>(doing: string, name: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      const { status, serviceCode = "" } = error as { status?: number; serviceCode?: string }
      const reason = [messageOf(error), messageOf((error as Error).cause ?? "")].filter(Boolean).join(": ")
      if (serviceCode === "NoSuchBucket" || status === 401 || status === 403)
        throw backupError("BN2404", { target: this.name, reason }, error)
      if (status === 507) throw backupError("BN2402", { target: this.name, name, reason }, error)
      throw backupError("BN2401", { target: this.name, doing, name, reason }, error)
    }
  }
}

async function* wholeOf(body: Uint8Array): AsyncGenerator<Buffer, void> {
  yield Buffer.from(body.buffer, body.byteOffset, body.byteLength)
}

async function* partsOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, void> {
  let held: Uint8Array[] = []
  let bytes = 0
  let nth = 1
  for await (const chunk of body) {
    held.push(chunk)
    bytes += chunk.length
    if (bytes < partBytesOf(nth)) continue
    yield Buffer.concat(held)
    held = []
    bytes = 0
    nth++
  }
  if (bytes > 0) yield Buffer.concat(held)
}

/** What is read may take as long as it needs: its reader gives up by itself. */
const timedFetch: typeof fetch = (url, init) =>
  fetch(url, init?.method === "GET" ? init : { ...init, signal: AbortSignal.timeout(requestTimeoutMs) })
