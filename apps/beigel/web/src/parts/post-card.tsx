import { useState } from "react"
import type { Post } from "../api/types.ts"
import { Link } from "../router.tsx"
import { deletePost, editPost, toggleLike, usePost } from "../state/posts.ts"
import { reasonOf, useFormats, useWords } from "../words/words.ts"
import { Avatar } from "./avatar.tsx"
import { Confirm } from "./confirm.tsx"
import { Icon } from "./icons.tsx"
import { LongText } from "./long-text.tsx"
import { PostEditor } from "./post-editor.tsx"

type Doing = "reading" | "editing" | "deleting"

/** A post, newer than its list when it has changed meanwhile. Pictures belong between the head and the words. */
export function PostCard({ post: listed }: { post: Post }) {
  const [doing, setDoing] = useState<Doing>("reading")
  const words = useWords()
  const post = usePost(listed)
  if (post === undefined) return null
  return (
    <li className="post">
      <PostHead post={post} />
      {doing === "editing" ? (
        <PostEditor
          text={post.text}
          label={words.post.edit}
          send={words.post.save}
          onSend={text => {
            setDoing("reading")
            if (text !== post.text) void editPost(post, text)
          }}
          onCancel={() => setDoing("reading")}
        />
      ) : (
        <>
          <LongText text={post.text} />
          <PostActions post={post} onDo={setDoing} />
        </>
      )}
      {post.failure !== undefined && (
        <p className="problem-line" role="alert">
          {reasonOf(post.failure, words)}
        </p>
      )}
      {doing === "deleting" && (
        <Confirm
          title={words.post.deleteTitle}
          text={words.post.deleteText}
          yes={words.post.delete}
          no={words.post.keep}
          onAnswer={isSure => {
            setDoing("reading")
            if (isSure) void deletePost(post)
          }}
        />
      )}
    </li>
  )
}

function PostHead({ post }: { post: Post }) {
  const words = useWords()
  const formats = useFormats()
  return (
    <div className="post-head">
      <Avatar handle={post.handle} />
      <div className="post-who">
        <Link href={`/people/${post.userId}`} className="handle">
          {post.handle}
        </Link>
        <span className="quiet post-when">
          <time dateTime={post.createdAt} title={formats.moment(post.createdAt)}>
            {formats.ago(post.createdAt, Date.now())}
          </time>
          {post.editedAt !== null && <span> · {words.post.edited}</span>}
        </span>
        {post.cafeName !== undefined && (
          <Link href={`/cafes/${post.cafeId}`} className="post-where" dir="auto">
            {words.post.at(post.cafeName)}
          </Link>
        )}
      </div>
    </div>
  )
}

function PostActions({ post, onDo }: { post: Post; onDo: (what: Doing) => void }) {
  const words = useWords()
  const formats = useFormats()
  return (
    <div className="post-actions">
      <button
        type="button"
        className="quiet-button like"
        aria-pressed={post.likedByMe}
        aria-label={`${words.post.like(post.handle)}, ${words.post.likes(post.likeCount)}`}
        onClick={() => toggleLike(post)}
      >
        <Icon name="heart" filled={post.likedByMe} />
        <span className="count">{post.likeCount > 0 && formats.number(post.likeCount)}</span>
      </button>
      {post.mine && (
        <span className="own-actions">
          <button type="button" className="quiet-button" onClick={() => onDo("editing")}>
            <Icon name="edit" />
            {words.post.edit}
          </button>
          <button type="button" className="quiet-button" onClick={() => onDo("deleting")}>
            <Icon name="delete" />
            {words.post.delete}
          </button>
        </span>
      )}
    </div>
  )
}
