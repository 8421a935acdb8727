import { goTo, usePlace } from "../router.tsx"
import { useWords } from "../words/words.ts"
import { Icon } from "./icons.tsx"

/** The way back, for when the page stands alone on a phone, without a browser around it. */
export function Back() {
  const words = useWords()
  const { key } = usePlace()
  return (
    <button
      type="button"
      className="text-button back"
      onClick={() => (key === "first" ? goTo("/") : history.back())}
    >
      <Icon name="back" />
      {words.cafe.back}
    </button>
  )
}
