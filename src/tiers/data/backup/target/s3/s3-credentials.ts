import { readFileSync } from "node:fs"
import { z } from "zod"
import { messageOf } from "../../../../../kit/errors.ts"
import { backupError } from "../../backup-errors.ts"

const schema = z.object({ accessKeyId: z.string().min(1), secretAccessKey: z.string().min(1) })

/** Never told, never logged, in no error. */
export type S3Credentials = z.infer<typeof schema>

/** From the named file, or else from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. Throws BN2405. */
export function s3Credentials(
  file: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): S3Credentials {
  if (file === undefined) return fromEnvironment(env)
  let text: string
  try {
    text = readFileSync(file, "utf8")
  } catch (error) {
    throw backupError("BN2405", { file, reason: messageOf(error) }, error)
  }
  try {
    return schema.parse(JSON.parse(text))
  } catch {
    // The parser's own words could quote the key.
    throw backupError("BN2405", { file, reason: "it is not what it should be" })
  }
}

function fromEnvironment(env: Readonly<Record<string, string | undefined>>): S3Credentials {
  const [accessKeyId, secretAccessKey] = [env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"]]
  if (accessKeyId && secretAccessKey) return { accessKeyId, secretAccessKey }
  const reason = "no file is named, and AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY is not set"
  throw backupError("BN2405", { file: "data.backup.credentialsFile", reason })
}
