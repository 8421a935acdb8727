type AskFootProps = {
  readonly title: string
  readonly look: "main" | "danger"
  /** Where it was refused nothing is offered. */
  readonly isPossible: boolean
  /** There is nothing to do. */
  readonly isIdle?: boolean
  readonly onClose: () => void
  readonly onDo: () => void
}

/** The last line of a question: not to do it, or to do it. */
export function AskFoot({ title, look, isPossible, isIdle = false, onClose, onDo }: AskFootProps) {
  return (
    <footer className="dialog-foot">
      <button type="button" onClick={onClose}>
        Cancel
      </button>
      {isPossible && (
        <button type="button" className={look} disabled={isIdle} onClick={onDo}>
          {title}
        </button>
      )}
    </footer>
  )
}
