import { Empty } from "../parts/notice.tsx"
import { useWords } from "../words/words.ts"
import { Heading } from "./heading.tsx"

/** Stands where a view was that could not be drawn. */
export function BrokenView() {
  const words = useWords()
  return (
    <div className="column">
      <Heading title={words.broken.title} />
      <Empty title={words.broken.text}>
        <button type="button" className="button primary" onClick={() => location.reload()}>
          {words.broken.reload}
        </button>
      </Empty>
    </div>
  )
}
