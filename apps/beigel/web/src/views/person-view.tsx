import { useList } from "../api/lists.ts"
import { useOne } from "../api/one.ts"
import type { Post, User } from "../api/types.ts"
import { Avatar } from "../parts/avatar.tsx"
import { Back } from "../parts/back.tsx"
import { Endless } from "../parts/endless.tsx"
import { Empty, Problem, Skeleton } from "../parts/notice.tsx"
import { PostCard } from "../parts/post-card.tsx"
import { useWords } from "../words/words.ts"
import { Heading } from "./heading.tsx"
import { LostView } from "./lost-view.tsx"

/** Somebody, and what they wrote. */
export function PersonView({ id }: { id: string }) {
  const words = useWords()
  const { value: person, failure, again } = useOne<User>(`/api/users/${id}`)
  if (failure !== undefined && person === undefined) {
    return failure.status === 404 || failure.status === 400 ? (
      <LostView />
    ) : (
      <Problem failure={failure} onAgain={again} />
    )
  }
  return (
    <div className="column">
      {person === undefined ? (
        <Skeleton kind="card" />
      ) : (
        <>
          <Back />
          <header className="person">
            <Avatar handle={person.handle} large />
            <Heading title={person.handle} />
          </header>
          <PostsOf id={id} label={words.person.posts} empty={<Empty title={words.person.none} />} />
        </>
      )}
    </div>
  )
}

export function PostsOf({ id, label, empty }: { id: string; label: string; empty: React.ReactNode }) {
  const path = `/api/users/${id}/posts?limit=20`
  const list = useList<Post>(path)
  return (
    <>
      <h2>{label}</h2>
      <Endless
        path={path}
        list={list}
        label={label}
        kind="card"
        draw={post => <PostCard key={post.id} post={post} />}
        empty={empty}
      />
    </>
  )
}
