import { useState } from "react"
import { useWords } from "../words/words.ts"

const LONG_CHARACTERS = 420
const LONG_LINES = 8

/** What somebody wrote, in the direction of its own script; what is long is shown in part. */
export function LongText({ text }: { text: string }) {
  const words = useWords()
  const [isOpen, setOpen] = useState(false)
  const isLong = text.length > LONG_CHARACTERS || text.split("\n").length > LONG_LINES
  return (
    <>
      <p className={isLong && !isOpen ? "post-text cut" : "post-text"} dir="auto">
        {text}
      </p>
      {isLong && !isOpen && (
        <button type="button" className="text-button" onClick={() => setOpen(true)}>
          {words.post.more}
        </button>
      )}
    </>
  )
}
