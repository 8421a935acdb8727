/** A mishap before Banyan itself runs: one sentence and what to do. No code table is loaded yet, so it has one code. */
export class Problem extends Error {
  constructor(message, todo, cause) {
    super(message, { cause })
    this.todo = todo
  }
}

export function problem(message, todo, cause) {
  return new Problem(message, todo, cause)
}

/** Makes what a file operation threw readable. */
export function fileProblem(path, error) {
  switch (error.code) {
    case "ENOSPC":
    case "EDQUOT":
      return problem(
        `${path}: the disk is full`,
        "Free some space (a first start needs about 600 MB) and try again.",
        error,
      )
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return problem(
        `${path}: cannot be written (${error.code})`,
        "Give this user the right to write in the checkout, or run as the user who owns it.",
        error,
      )
    default:
      return problem(
        `${path}: ${error.message}`,
        "See the sentence above; the command can be repeated safely.",
        error,
      )
  }
}

/** Talk goes to stderr: stdout belongs to the command that follows. */
export function say(words) {
  process.stderr.write(`banyan: ${words}\n`)
}
