/** Makes list items out of data. Text from outside only ever becomes text. */

const times = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" })

export function element(id) {
  return document.getElementById(id)
}

export function cafeItem(cafe, onChoose) {
  const item = fromTemplate("cafe-template")
  item.querySelector(".name").textContent = cafe.name
  item.querySelector(".address").textContent = cafe.address
  item.querySelector(".distance").textContent = cafe.distanceM === undefined ? "" : distance(cafe.distanceM)
  const button = item.querySelector("button")
  button.dataset.cafeId = cafe.id
  button.addEventListener("click", () => onChoose(cafe))
  return item
}

/** `actions` has onLike, onEdit and onDelete, each called with the post as it was last shown. */
export function postItem(post, actions) {
  const item = fromTemplate("post-template")
  for (const [name, action] of [
    ["like", actions.onLike],
    ["edit", actions.onEdit],
    ["delete", actions.onDelete],
  ]) {
    item.querySelector(`.${name}`).addEventListener("click", () => action(item.post))
  }
  showPost(item, post)
  return item
}

export function showPost(item, post) {
  item.post = post
  item.querySelector(".handle").textContent = post.handle
  item.querySelector(".where").textContent = post.cafeName === undefined ? "" : `at ${post.cafeName}`
  const time = item.querySelector("time")
  time.dateTime = post.createdAt
  time.textContent = times.format(new Date(post.createdAt)) + (post.editedAt === null ? "" : ", edited")
  item.querySelector(".text").textContent = post.text
  const like = item.querySelector(".like")
  like.textContent = `♥ ${post.likeCount}`
  like.setAttribute("aria-label", `Like this post of ${post.handle}; ${post.likeCount} do`)
  like.setAttribute("aria-pressed", String(post.likedByMe))
  item.querySelector(".edit").hidden = !post.mine
  item.querySelector(".delete").hidden = !post.mine
}

function fromTemplate(id) {
  return element(id).content.firstElementChild.cloneNode(true)
}

function distance(metres) {
  return metres < 950 ? `${Math.round(metres / 10) * 10} m` : `${(metres / 1000).toFixed(1)} km`
}
