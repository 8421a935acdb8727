import { askToSignIn, becomeNobody, me, setUpAccount } from "./account.js"
import { call, follow, pointQuery, Refusal } from "./api.js"
import { cafeItem, element, postItem, showPost } from "./render.js"

const MANHATTAN = { lat: 40.7308, lon: -73.9973 }

/** What is shown: around which point, and one café's posts (`cafe`) or the feed (null). */
let point = MANHATTAN
let cafe = null
let unfollow = () => {}
/** Counts what has been asked for, so that a late answer to an earlier question is dropped. */
let asked = 0

const cafeNames = new Map()
const actions = {
  onLike: post => attempt(() => toggleLike(post)),
  onEdit: post => attempt(() => edit(post)),
  onDelete: post => attempt(() => remove(post)),
}

/** Does something the reader asked for, and says so when it does not work. */
async function attempt(act) {
  element("status").textContent = ""
  try {
    await act()
  } catch (error) {
    if (error instanceof Refusal && error.status === 401) {
      becomeNobody()
      askToSignIn()
    } else {
      element("status").textContent = error.message
    }
  }
}

function lookFrom(place, title) {
  point = place
  cafe = null
  element("cafes-title").textContent = title
  unfollow()
  unfollow = follow(point, {
    onOpen: () => attempt(loadPosts),
    onEvent: (kind, post) => attempt(() => showLive(kind, post)),
  })
  return Promise.all([listCafes(`/api/cafes?${pointQuery(point)}`), loadPosts()])
}

async function listCafes(path, cursor) {
  const page = await call("GET", cursor ? `${path}&cursor=${encodeURIComponent(cursor)}` : path)
  if (!cursor) element("cafes").replaceChildren()
  for (const one of page.items) {
    cafeNames.set(one.id, one.name)
    element("cafes").append(cafeItem(one, chosen => attempt(() => choose(chosen))))
  }
  const more = element("more-cafes")
  more.hidden = page.nextCursor === null
  more.onclick = () => attempt(() => listCafes(path, page.nextCursor))
}

function choose(chosen) {
  cafe = chosen
  return loadPosts()
}

async function loadPosts(cursor) {
  const path = cafe === null ? `/api/feed?${pointQuery(point)}` : `/api/cafes/${cafe.id}/posts?limit=20`
  const question = ++asked
  const page = await call("GET", cursor ? `${path}&cursor=${encodeURIComponent(cursor)}` : path)
  if (question !== asked) return
  if (!cursor) element("posts").replaceChildren()
  element("posts").append(...page.items.map(post => postItem(post, actions)))
  const more = element("more-posts")
  more.hidden = page.nextCursor === null
  more.onclick = () => attempt(() => loadPosts(page.nextCursor))
  showWhere()
}

function showWhere() {
  element("posts-title").textContent = cafe === null ? "What people say near here" : cafe.name
  element("show-feed").hidden = cafe === null
  element("write").hidden = cafe === null
  element("write-where").textContent = cafe?.name ?? ""
  element("no-posts").hidden = element("posts").childElementCount > 0
  for (const button of element("cafes").querySelectorAll("button")) {
    button.setAttribute("aria-current", String(button.dataset.cafeId === cafe?.id))
  }
}

async function showLive(kind, post) {
  const item = itemOf(post.id)
  if (kind === "delete") item?.remove()
  else if (item !== undefined)
    showPost(item, { ...item.post, ...asMine(post), likedByMe: item.post.likedByMe })
  else if (kind === "post" && (cafe === null || cafe.id === post.cafeId)) await addOnTop(post)
  showWhere()
}

async function addOnTop(post) {
  const cafeName = cafe === null ? await nameOf(post.cafeId) : undefined
  if (itemOf(post.id) === undefined)
    element("posts").prepend(postItem({ ...asMine(post), cafeName }, actions))
}

function asMine(post) {
  return { ...post, mine: post.userId === me?.id }
}

async function nameOf(cafeId) {
  if (!cafeNames.has(cafeId)) cafeNames.set(cafeId, (await call("GET", `/api/cafes/${cafeId}`)).name)
  return cafeNames.get(cafeId)
}

function itemOf(postId) {
  return [...element("posts").children].find(item => item.post.id === postId)
}

async function toggleLike(post) {
  const like = await call(post.likedByMe ? "DELETE" : "PUT", `/api/posts/${post.id}/like`)
  const item = itemOf(post.id)
  if (item !== undefined) showPost(item, { ...item.post, ...like })
}

async function edit(post) {
  const text = prompt("Edit your post", post.text)
  if (text === null || text === post.text) return
  const edited = await call("PATCH", `/api/posts/${post.id}`, { text })
  const item = itemOf(post.id)
  if (item !== undefined) showPost(item, { ...item.post, ...edited })
}

async function remove(post) {
  if (!confirm("Delete this post?")) return
  await call("DELETE", `/api/posts/${post.id}`)
  itemOf(post.id)?.remove()
  showWhere()
}

async function write(form) {
  const post = await call("POST", `/api/cafes/${cafe.id}/posts`, { text: form.text.value })
  form.reset()
  if (itemOf(post.id) === undefined) element("posts").prepend(postItem(post, actions))
  showWhere()
}

function locate() {
  navigator.geolocation.getCurrentPosition(
    ({ coords }) =>
      attempt(() => lookFrom({ lat: coords.latitude, lon: coords.longitude }, "Cafés near you")),
    () => {
      element("status").textContent = "Your place is not known. Cafés near Manhattan are shown."
    },
  )
}

function search(q) {
  if (q === "") return lookFrom(point, "Cafés near here")
  element("cafes-title").textContent = `Cafés named “${q}”`
  return listCafes(`/api/cafes?${new URLSearchParams({ q })}`)
}

element("locate").addEventListener("click", locate)
element("show-feed").addEventListener("click", () => attempt(() => choose(null)))
element("search").addEventListener("submit", event => {
  event.preventDefault()
  attempt(() => search(element("q").value.trim()))
})
element("write").addEventListener("submit", event => {
  event.preventDefault()
  attempt(() => write(event.target))
})
await attempt(() => setUpAccount(() => attempt(loadPosts)))
await attempt(() => lookFrom(MANHATTAN, "Cafés near Manhattan"))
