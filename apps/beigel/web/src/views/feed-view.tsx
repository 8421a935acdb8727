import { useState } from "react"
import { pointQuery } from "../api/call.ts"
import { refresh, useList } from "../api/lists.ts"
import { useLive } from "../api/live.ts"
import type { Post } from "../api/types.ts"
import { useAreaName } from "../map/outlines.ts"
import { Endless } from "../parts/endless.tsx"
import { Empty } from "../parts/notice.tsx"
import { PostCard } from "../parts/post-card.tsx"
import { Link } from "../router.tsx"
import { me } from "../state/me.ts"
import { point } from "../state/place.ts"
import { changePost } from "../state/posts.ts"
import { useStore } from "../store.ts"
import { useWords } from "../words/words.ts"
import { Heading } from "./heading.tsx"

/** What is said around a place, as it is said. New posts are announced, not pushed in under the reader's eyes. */
export function FeedView() {
  const words = useWords()
  const from = useStore(point)
  const path = `/api/feed?${pointQuery(from)}&limit=20`
  const list = useList<Post>(path)
  const [fresh, setFresh] = useState<ReadonlySet<string>>(new Set())
  const known = new Set(list.items.map(({ id }) => id))
  const unseen = [...fresh].filter(id => !known.has(id)).length
  useLive(from, {
    onPost: post => {
      // One's own is not news.
      if (post.userId === me.get()?.id) void refresh(path)
      else setFresh(all => new Set(all).add(post.id))
    },
    onEdit: ({ id, text, editedAt }) => changePost(id, { text, editedAt }),
    onDelete: id => {
      changePost(id, { isGone: true })
      setFresh(all => new Set([...all].filter(one => one !== id)))
    },
    onGap: () => void refresh(path),
  })
  const show = () => {
    setFresh(new Set())
    scrollTo({ top: 0 })
    void refresh(path)
  }
  const title = words.feed.title(useAreaName(from))
  return (
    <div className="column">
      <Heading title={title} />
      <div className="fresh" role="status">
        {unseen > 0 && (
          <button type="button" className="button primary pill" onClick={show}>
            {words.feed.fresh(unseen)}
          </button>
        )}
      </div>
      <Endless
        path={path}
        list={list}
        label={title}
        kind="card"
        draw={post => <PostCard key={post.id} post={post} />}
        empty={
          <Empty title={words.feed.none} hint={words.feed.noneHint}>
            <Link href="/" className="button primary">
              {words.feed.findCafe}
            </Link>
          </Empty>
        }
        end={words.feed.end}
      />
    </div>
  )
}
