import { call, type Failure, failureOf, newKey } from "../api/call.ts"
import { lastRead, listAt } from "../api/lists.ts"
import type { Post } from "../api/types.ts"
import { createStore, useStore } from "../store.ts"
import { asSomebody, me, sessionEnded } from "./me.ts"

/**
 * What is newer than the lists: changes that the reader made, shown before the server has said yes, and those that
 * others' live feeds told. A post stands in several lists; here it changes in all of them.
 */
type Change = Partial<Post> & { readonly isGone?: boolean; readonly failure?: Failure | undefined }

const changes = createStore<ReadonlyMap<string, Change>>(new Map())

export function usePost(post: Post): (Post & Change) | undefined {
  const change = useStore(changes, all => all.get(post.id))
  return change?.isGone ? undefined : change === undefined ? post : { ...post, ...change }
}

export function changePost(id: string, change: Change): void {
  changes.update(all => new Map(all).set(id, { ...all.get(id), ...change }))
}

const underway = new Set<string>()

/** What a list has been read with since is newer than a change, unless that is still under way. */
function forget(isOld: (id: string) => boolean): void {
  changes.update(
    all => new Map([...all].filter(([id, { isGone }]) => isGone || underway.has(id) || !isOld(id))),
  )
}

lastRead.subscribe(() => {
  const read = new Set(lastRead.get().map(({ id }) => id))
  forget(id => read.has(id))
})
me.subscribe(() => forget(() => true))

export const postsPath = (cafeId: string) => `/api/cafes/${cafeId}/posts?limit=20`

/** Shows `now` at once; on failure `before` again, with the reason. An ended session is asked for, then it goes on. */
async function optimistically(
  id: string,
  now: Change,
  before: Change,
  send: () => Promise<Partial<Post> | null>,
): Promise<void> {
  underway.add(id)
  changePost(id, { ...now, failure: undefined })
  try {
    changePost(id, (await send()) ?? {})
  } catch (error) {
    const failure = failureOf(error)
    changePost(id, { ...before, failure })
    if (failure.status === 401) sessionEnded(() => void optimistically(id, now, before, send))
  } finally {
    underway.delete(id)
  }
}

export function toggleLike({ id, likedByMe, likeCount }: Post): void {
  const liked = !likedByMe
  asSomebody(() =>
    optimistically(
      id,
      { likedByMe: liked, likeCount: likeCount + (liked ? 1 : -1) },
      { likedByMe, likeCount },
      () => call<Partial<Post>>(liked ? "PUT" : "DELETE", `/api/posts/${id}/like`),
    ),
  )
}

export function editPost({ id, text, editedAt }: Post, next: string): Promise<void> {
  const now = { text: next, editedAt: new Date().toISOString() }
  const key = newKey()
  return optimistically(id, now, { text, editedAt }, () =>
    call<Post>("PATCH", `/api/posts/${id}`, { body: { text: next }, key }),
  )
}

export function deletePost({ id }: Post): Promise<void> {
  return optimistically(id, { isGone: true }, { isGone: false }, () =>
    call<null>("DELETE", `/api/posts/${id}`),
  )
}

/** A post on its way. Its key is its own for ever: sent again after a lost answer it is still written once. */
export type Draft = {
  readonly key: string
  readonly cafeId: string
  readonly text: string
  readonly failure: Failure | undefined
}

export const drafts = createStore<readonly Draft[]>([])

export function writePost(cafeId: string, text: string): void {
  const draft = { key: newKey(), cafeId, text, failure: undefined }
  drafts.update(all => [draft, ...all])
  void sendDraft(draft)
}

export async function sendDraft(draft: Draft): Promise<void> {
  setDraft({ ...draft, failure: undefined })
  try {
    const { key, cafeId, text } = draft
    const post = await call<Post>("POST", `/api/cafes/${cafeId}/posts`, { body: { text }, key })
    listAt<Post>(postsPath(cafeId)).update(list => ({
      ...list,
      items: [post, ...list.items.filter(({ id }) => id !== post.id)],
    }))
    dropDraft(draft)
  } catch (error) {
    const failure = failureOf(error)
    setDraft({ ...draft, failure })
    if (failure.status === 401) sessionEnded(() => void sendDraft(draft))
  }
}

export function dropDraft({ key }: Draft): void {
  drafts.update(all => all.filter(draft => draft.key !== key))
}

function setDraft(draft: Draft): void {
  drafts.update(all => all.map(one => (one.key === draft.key ? draft : one)))
}
