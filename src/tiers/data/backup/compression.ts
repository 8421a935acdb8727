import { promisify } from "node:util"
import { constants, createZstdCompress, createZstdDecompress, zstdCompress, zstdDecompress } from "node:zlib"

/**
 * zstd, level 3, with a checksum of the content in each frame: smaller than gzip for 0.37 of its processor time
 * (docs/backup.md). Frames that follow each other are one stream, for every reader of zstd.
 */
const params = { [constants.ZSTD_c_compressionLevel]: 3, [constants.ZSTD_c_checksumFlag]: 1 }

export const compressed = (bytes: Uint8Array): Promise<Buffer> => promisify(zstdCompress)(bytes, { params })
/** Rejects when as little as one bit is wrong. */
export const decompressed = (bytes: Uint8Array): Promise<Buffer> => promisify(zstdDecompress)(bytes)

export const compressing = () => createZstdCompress({ params })
export const decompressing = () => createZstdDecompress()
