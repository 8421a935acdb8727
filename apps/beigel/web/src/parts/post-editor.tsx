import { type FormEvent, type KeyboardEvent, useEffect, useId, useRef, useState } from "react"
import { useFormats, useWords } from "../words/words.ts"

const MAX_CHARACTERS = 2000
/** From here on it is told how many are left. */
const TELL_BELOW = 200

type Props = {
  readonly text?: string
  readonly label: string
  readonly send: string
  readonly onSend: (text: string) => void
  readonly onCancel?: () => void
}

/** Words of one's own, new or again. The place to the left of the buttons is for pictures to be added. */
export function PostEditor({ text: before = "", label, send, onSend, onCancel }: Props) {
  const words = useWords()
  const formats = useFormats()
  const [text, setText] = useState(before)
  const area = useRef<HTMLTextAreaElement>(null)
  const id = useId()
  const left = MAX_CHARACTERS - [...text].length
  const maySend = text.trim() !== "" && left >= 0

  // Who presses Edit wants to type; who opens a café's page wants to read.
  const isChange = onCancel !== undefined
  useEffect(() => {
    if (!isChange) return
    const { length } = area.current!.value
    area.current!.focus()
    area.current!.setSelectionRange(length, length)
  }, [isChange])

  const submit = (event?: FormEvent) => {
    event?.preventDefault()
    if (!maySend) return
    onSend(text)
    setText("")
  }
  const onKey = (event: KeyboardEvent) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) submit()
    if (event.key === "Escape") onCancel?.()
  }
  return (
    <form className="editor" onSubmit={submit}>
      <label className="hidden" htmlFor={id}>
        {label}
      </label>
      <textarea
        id={id}
        ref={area}
        dir="auto"
        rows={2}
        value={text}
        placeholder={words.post.placeholder}
        onChange={event => setText(event.target.value)}
        onKeyDown={onKey}
      />
      <div className="editor-bar">
        <span className={left < 0 ? "left over" : "left quiet"} aria-live="polite">
          {left < TELL_BELOW && words.post.left(left).replace(String(left), formats.number(left))}
        </span>
        {onCancel !== undefined && (
          <button type="button" className="button" onClick={onCancel}>
            {words.post.cancel}
          </button>
        )}
        <button type="submit" className="button primary" disabled={!maySend}>
          {send}
        </button>
      </div>
    </form>
  )
}
