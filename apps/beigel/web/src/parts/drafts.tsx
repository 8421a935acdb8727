import { me } from "../state/me.ts"
import { type Draft, drafts, dropDraft, sendDraft } from "../state/posts.ts"
import { useStore } from "../store.ts"
import { reasonOf, useWords } from "../words/words.ts"
import { Avatar } from "./avatar.tsx"

/** What the reader has written about a café and the server has not taken yet. */
export function Drafts({ cafeId }: { cafeId: string }) {
  const all = useStore(drafts)
  const mine = all.filter(draft => draft.cafeId === cafeId)
  if (mine.length === 0) return null
  return (
    <ul className="list cards">
      {mine.map(draft => (
        <DraftCard key={draft.key} draft={draft} />
      ))}
    </ul>
  )
}

function DraftCard({ draft }: { draft: Draft }) {
  const words = useWords()
  const user = useStore(me)
  const { failure } = draft
  return (
    <li className="post draft">
      <div className="post-head">
        <Avatar handle={user?.handle ?? "?"} />
        <div className="post-who">
          <span className="handle">{user?.handle}</span>
          <span className="quiet post-when">
            {failure === undefined ? words.post.sending : words.post.notSent}
          </span>
        </div>
      </div>
      <p className="post-text" dir="auto">
        {draft.text}
      </p>
      {failure !== undefined && (
        <div className="problem-line" role="alert">
          <span>{reasonOf(failure, words)}</span>
          <button type="button" className="text-button" onClick={() => void sendDraft(draft)}>
            {words.post.again}
          </button>
          <button type="button" className="text-button" onClick={() => dropDraft(draft)}>
            {words.post.discard}
          </button>
        </div>
      )}
    </li>
  )
}
