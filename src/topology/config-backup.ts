import { z } from "zod"

const hour = 3_600_000

/** What `data/backup` says: where the database's log and base backups go, and for how long. */
export const backupConfigSchema = z.strictObject({
  target: z
    .string()
    .min(1)
    .optional()
    .describe(
      "A folder that exists, on another disk, or `s3://bucket/prefix`; none when left out. Encryption is the target's.",
    ),
  everyMs: z
    .int()
    .min(60_000)
    .max(31 * 24 * hour)
    .default(24 * hour)
    .describe("How long after one base backup the next is taken; the log between them is always archived."),
  keep: z
    .int()
    .min(1)
    .max(1000)
    .default(7)
    .describe("Base backups that are kept, with the log from the oldest on."),
  endpoint: z
    .string()
    .regex(/^https?:\/\/[^\s/]+(\/.*)?$/)
    .optional()
    .describe("Who speaks S3, such as https://minio.example.org:9000; Amazon's of `region` when left out."),
  region: z
    .string()
    .regex(/^[a-z0-9-]+$/)
    .default("us-east-1")
    .describe("The bucket's region."),
  credentialsFile: z
    .string()
    .min(1)
    .optional()
    .describe('A file of mode 0600 that holds { "accessKeyId": "...", "secretAccessKey": "..." }.'),
})

export type BackupConfig = z.output<typeof backupConfigSchema>

/** Rules between its fields. */
export function backupProblems({ target, credentialsFile }: BackupConfig, engine: string): string[] {
  if (target === undefined) return []
  if (engine !== "embedded") return ["data/backup/target: should be left out without a database of Banyan's"]
  if (!target.startsWith("s3:")) return []
  const problems = /^s3:\/\/[a-z0-9][a-z0-9.-]{1,62}(\/[A-Za-z0-9._/-]*)?$/.test(target)
    ? []
    : [`data/backup/target: should be s3://bucket/prefix, got ${JSON.stringify(target)}`]
  const named = credentialsFile === undefined
  // Whoever restarts a process that was killed does not inherit the environment of a shell.
  const missing = "data/backup/credentialsFile: should name the file with the bucket's key, got nothing"
  return named ? [...problems, missing] : problems
}
