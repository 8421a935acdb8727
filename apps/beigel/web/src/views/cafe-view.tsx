import { refresh, useList } from "../api/lists.ts"
import { useLive } from "../api/live.ts"
import { useOne } from "../api/one.ts"
import type { Cafe, Post } from "../api/types.ts"
import { metresBetween } from "../map/projection.ts"
import { Back } from "../parts/back.tsx"
import { shortAddress } from "../parts/cafe-row.tsx"
import { Drafts } from "../parts/drafts.tsx"
import { Endless } from "../parts/endless.tsx"
import { Icon } from "../parts/icons.tsx"
import { Empty, Problem, Skeleton } from "../parts/notice.tsx"
import { PostCard } from "../parts/post-card.tsx"
import { PostEditor } from "../parts/post-editor.tsx"
import { goTo } from "../router.tsx"
import { asSomebody, me } from "../state/me.ts"
import { lookFrom, point } from "../state/place.ts"
import { changePost, drafts, postsPath, writePost } from "../state/posts.ts"
import { useStore } from "../store.ts"
import { useFormats, useWords } from "../words/words.ts"
import { Heading } from "./heading.tsx"
import { LostView } from "./lost-view.tsx"

/** A café and what people wrote about it. */
export function CafeView({ id }: { id: string }) {
  const { value: cafe, failure, again } = useOne<Cafe>(`/api/cafes/${id}`)
  if (failure !== undefined && cafe === undefined) {
    return failure.status === 404 || failure.status === 400 ? (
      <LostView />
    ) : (
      <Problem failure={failure} onAgain={again} />
    )
  }
  return <div className="column">{cafe === undefined ? <Skeleton kind="card" /> : <Known cafe={cafe} />}</div>
}

function Known({ cafe }: { cafe: Cafe }) {
  const words = useWords()
  const path = postsPath(cafe.id)
  const list = useList<Post>(path)
  const isWriting = useStore(drafts).some(draft => draft.cafeId === cafe.id)
  useLive(cafe, {
    onPost: post => {
      const isNew = post.cafeId === cafe.id && list.items.every(({ id }) => id !== post.id)
      if (isNew && post.userId !== me.get()?.id) void refresh(path)
    },
    onEdit: ({ id, text, editedAt }) => changePost(id, { text, editedAt }),
    onDelete: id => changePost(id, { isGone: true }),
    onGap: () => void refresh(path),
  })
  return (
    <>
      <About cafe={cafe} />
      <h2>{words.cafe.posts}</h2>
      <Write cafeId={cafe.id} />
      <Drafts cafeId={cafe.id} />
      <Endless
        path={path}
        list={list}
        label={words.cafe.posts}
        kind="card"
        draw={post => <PostCard key={post.id} post={post} />}
        empty={isWriting ? null : <Empty title={words.cafe.noPosts} hint={words.cafe.noPostsHint} />}
      />
    </>
  )
}

function About({ cafe }: { cafe: Cafe }) {
  const words = useWords()
  const formats = useFormats()
  const from = useStore(point)
  const showOnMap = () => {
    lookFrom(cafe)
    goTo("/")
  }
  return (
    <header className="about">
      <Back />
      <Heading title={cafe.name} />
      <p className="quiet">{shortAddress(cafe.address)}</p>
      <button type="button" className="text-button place" onClick={showOnMap}>
        <Icon name="near" />
        {words.cafe.away(formats.distance(metresBetween(from, cafe)))}
      </button>
    </header>
  )
}

function Write({ cafeId }: { cafeId: string }) {
  const words = useWords()
  const user = useStore(me)
  if (user === undefined) return null
  if (user === null) {
    return (
      <button type="button" className="button invite" onClick={() => asSomebody(() => {})}>
        <Icon name="edit" />
        {words.post.signInToWrite}
      </button>
    )
  }
  return (
    <PostEditor label={words.post.write} send={words.post.send} onSend={text => writePost(cafeId, text)} />
  )
}
