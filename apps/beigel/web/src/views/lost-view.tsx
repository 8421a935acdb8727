import { Empty } from "../parts/notice.tsx"
import { Link } from "../router.tsx"
import { useWords } from "../words/words.ts"
import { Heading } from "./heading.tsx"

export function LostView() {
  const words = useWords()
  return (
    <div className="column">
      <Heading title={words.lost.title} />
      <Empty title={words.lost.text}>
        <Link href="/" className="button primary">
          {words.lost.home}
        </Link>
      </Empty>
    </div>
  )
}
