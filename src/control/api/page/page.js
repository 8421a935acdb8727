// The status page. It knows nothing but what the admin API says; every text is set as text, never as markup.
const $ = id => document.getElementById(id)
const stages = ["single", "balanced"]
const tiers = [
  ["edge+web", "edge and web in one process"],
  ["edge", "edge"],
  ["web", "web"],
  ["data", "data"],
]
const steppers = document.querySelectorAll(".stepper")
const scaled = { edge: ["front doors", 8], web: ["web instances", 16] }
const isPossible = (group, count) => count >= 1 && count <= scaled[group][1]
const signs = { pending: "·", running: "…", done: "✓", failed: "✗", undone: "↩" }
const rates = []
let token = takeToken()
let state
let lastSeq

/** The token comes in the address's fragment, which is never sent; it leaves the address bar at once. */
function takeToken() {
  const given = new URLSearchParams(location.hash.slice(1)).get("token")
  if (given) {
    sessionStorage.setItem("banyan-token", given)
    history.replaceState(null, "", location.pathname)
  }
  return sessionStorage.getItem("banyan-token") ?? ""
}

function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes))
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value)
    else if (value !== undefined) element.setAttribute(name, value)
  element.append(...children.filter(child => child !== undefined))
  return element
}

async function call(method, path, body, signal) {
  const headers = { authorization: `Bearer ${token}` }
  if (body !== undefined) headers["content-type"] = "application/json"
  if (path === "/api/events" && lastSeq !== undefined) headers["last-event-id"] = lastSeq
  const answer = await fetch(path, { method, headers, body: JSON.stringify(body), signal })
  if (answer.status === 401) {
    await askForToken()
    return call(method, path, body, signal)
  }
  return answer
}

async function json(method, path, body) {
  const answer = await call(method, path, body)
  const value = await answer.json()
  if (!answer.ok) throw new Error(`${value.error.message}. ${value.error.todo}`)
  return value
}

function askForToken() {
  const dialog = $("login")
  if (!dialog.open) dialog.showModal()
  return new Promise(resolve =>
    dialog.addEventListener(
      "close",
      () => {
        token = $("token").value.trim()
        $("token").value = ""
        sessionStorage.setItem("banyan-token", token)
        resolve()
      },
      { once: true },
    ),
  )
}

// --- what is shown -----------------------------------------------------------------------------------------------

function show() {
  const { service, stage, settled, plan, lastPlan, desired } = state
  document.title = `${service.name} · ${stage}`
  $("name").textContent = service.name
  $("url").textContent = service.url
  $("url").href = service.url
  $("url").hidden = false
  $("ladder").replaceChildren(
    ...stages.map(name => h("li", name === stage ? { "aria-current": "step" } : {}, name)),
  )
  mood(settled ? "settled" : plan ? `${plan.trigger} · ${plan.state}` : "settling", settled ? "" : "busy")
  const busy = plan !== null && plan.trigger !== "start"
  const at = stages.indexOf(desired.stage)
  $("grow").disabled = busy || at === stages.length - 1
  $("shrink").disabled = busy || at === 0
  for (const stepper of steppers) {
    const count = desired.instances[stepper.dataset.group]
    stepper.hidden = at === 0
    stepper.querySelector("output").textContent = count
    for (const button of stepper.querySelectorAll("button"))
      button.disabled = busy || !isPossible(stepper.dataset.group, count + Number(button.dataset.by))
  }
  showInstances()
  showTraffic()
  showPlan(plan ?? lastPlan)
}

function mood(text, kind) {
  if ($("mood").textContent !== text) $("mood").textContent = text
  $("mood").className = `mood ${kind}`
}

function showInstances() {
  const focused = document.activeElement?.getAttribute("aria-label")
  const columns = tiers.flatMap(([tier, title]) => {
    const instances = state.instances.filter(instance => instance.tier === tier)
    if (instances.length === 0) return []
    return [
      h("div", { class: "tier", "data-tier": tier }, h("h3", {}, title), h("ul", {}, ...instances.map(card))),
    ]
  })
  $("way").replaceChildren(...columns)
  // Redrawing must not take the keyboard's place away.
  if (focused)
    $("way")
      .querySelector(`[aria-label="${CSS.escape(focused)}"]`)
      ?.focus()
}

const shown = new Set()
function card(instance) {
  const { id, state: condition, pid, outstanding, requests, progress, tier } = instance
  const numbers = tier === "data" ? "" : `${outstanding} under way · ${requests.toLocaleString()} served`
  const facts = [progress, numbers, pid && `pid ${pid}`].filter(Boolean).join(" · ")
  const kill = h("button", { type: "button", "aria-label": `Kill ${id}`, onclick: () => askKill(id) }, "kill")
  const element = h(
    "li",
    { class: "instance", "data-state": condition },
    h("span", {}, h("b", {}, id), " ", h("span", { class: "state" }, condition)),
    condition === "exited" ? h("span") : kill,
    h("span", { class: "facts" }, facts),
  )
  if (shown.has(id)) element.style.animation = "none"
  shown.add(id)
  return element
}

function showTraffic() {
  const { requestsPerSecond, errorsPerSecond, latencyMs } = state.traffic
  const number = value => (value >= 100 ? Math.round(value) : Math.round(value * 10) / 10).toLocaleString()
  $("rate").textContent = number(requestsPerSecond)
  $("errors").textContent = number(errorsPerSecond)
  $("errors-tile").className = errorsPerSecond > 0 ? "tile bad" : "tile"
  $("p50").textContent = number(latencyMs.p50)
  $("p99").textContent = number(latencyMs.p99)
  const top = Math.max(1, ...rates)
  const xOf = index => ((60 - rates.length + index) / 59) * 120
  const points = rates.map((rate, index) => `${xOf(index)},${31 - (rate / top) * 28}`)
  $("spark")
    .querySelector("path")
    .setAttribute("d", points.length > 1 ? `M${points.join("L")}L121,33L${xOf(0)},33Z` : "")
}

function showPlan(plan) {
  if (!plan) return
  const words = {
    running: "running",
    undoing: "being taken back",
    undone: "taken back",
    failed: "failed",
    done: "done",
  }
  $("plan-title").textContent = plan.state === "running" ? "Plan" : "Last plan"
  $("plan-state").textContent = `${plan.trigger} · ${words[plan.state] ?? plan.state}`
  const trouble = plan.error && h("p", { class: "notice" }, `${plan.error.message}. ${plan.error.todo}`)
  $("plan").replaceChildren(...[trouble, phases(plan)].filter(Boolean))
}

function phases(plan) {
  return h(
    "ol",
    { class: "phases" },
    ...plan.phases.map(phase => h("li", {}, h("ul", {}, ...phase.map(step)))),
  )
}

function step({ kind, id, reason, state: condition, tookMs, error }) {
  const took = tookMs === undefined ? "" : tookMs < 1000 ? `${tookMs} ms` : `${(tookMs / 1000).toFixed(1)} s`
  return h(
    "li",
    { class: "step", "data-state": condition },
    h("span", { class: "sign", role: "img", "aria-label": condition }, signs[condition]),
    h("span", {}, `${kind} `, h("b", {}, id)),
    h("span", { class: "why" }, reason),
    h("span", { class: "took" }, took),
    error && h("span", { class: "error" }, error),
  )
}

// --- what can be done --------------------------------------------------------------------------------------------

function confirm(title, body, yes, danger) {
  const dialog = $("ask")
  $("ask-title").textContent = title
  $("ask-body").replaceChildren(...body)
  $("ask-yes").textContent = yes
  $("ask-yes").className = danger ? "danger" : "main"
  dialog.returnValue = "no"
  dialog.showModal()
  return new Promise(resolve =>
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true }),
  )
}

/** Shows the very plan that would begin, then begins it. */
async function askChange(change, title) {
  try {
    const plan = await json("POST", "/api/plan", change)
    const body = [
      h("p", { class: "quiet" }, "No request fails meanwhile. These steps would be taken:"),
      phases(plan),
    ]
    if (await confirm(title, body, "Do it")) await json("POST", "/api/changes", change)
  } catch (error) {
    complain(error)
  }
}

async function askKill(id) {
  const words = "Its process ends at once, as if its machine had lost power. Banyan notices and mends it."
  try {
    if (await confirm(`Kill ${id}?`, [h("p", {}, words)], "Kill it", true))
      await json("POST", `/api/instances/${encodeURIComponent(id)}/kill`, { signal: "SIGKILL" })
  } catch (error) {
    complain(error)
  }
}

function complain(error) {
  $("notice").textContent = error.message
  $("notice").hidden = false
  setTimeout(() => ($("notice").hidden = true), 12_000)
}

const scale = (group, by) => {
  const count = state.desired.instances[group] + by
  return askChange({ type: "scale", instances: { [group]: count } }, `Scale to ${count} ${scaled[group][0]}?`)
}
for (const stepper of steppers)
  for (const button of stepper.querySelectorAll("button"))
    button.addEventListener("click", () => scale(stepper.dataset.group, Number(button.dataset.by)))
$("grow").addEventListener("click", () => askChange({ type: "grow" }, "Grow one stage?"))
$("shrink").addEventListener("click", () => askChange({ type: "shrink" }, "Shrink one stage?"))

// --- what is heard -----------------------------------------------------------------------------------------------

let reading
/** Reads the whole state; calls that come meanwhile share one more reading. */
function read() {
  reading ??= new Promise(resolve => setTimeout(resolve, 60))
    .then(async () => {
      reading = undefined
      state = await json("GET", "/api/state")
      show()
    })
    .catch(() => {
      reading = undefined
    })
  return reading
}

function hear(event) {
  if (event.type === "traffic") {
    state.traffic = event.traffic
    rates.push(event.traffic.requestsPerSecond)
    if (rates.length > 60) rates.shift()
    showTraffic()
  } else if (event.type === "instance") {
    const others = state.instances.filter(instance => instance.id !== event.instance.id)
    state.instances = [...others, event.instance].sort((a, b) =>
      a.id.localeCompare(b.id, "en", { numeric: true }),
    )
    showInstances()
  } else if (event.type === "plan") {
    showPlan(event.plan)
    read()
  } else if (event.type !== "map") read()
}

/** Server-sent events over fetch, because an EventSource cannot send the token. */
async function listen() {
  const watchdog = new AbortController()
  let timer
  const alive = () => {
    clearTimeout(timer)
    timer = setTimeout(() => watchdog.abort(), 40_000)
  }
  alive()
  const answer = await call("GET", "/api/events", undefined, watchdog.signal)
  if (!answer.ok) throw new Error(`events: ${answer.status}`)
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader()
  for (let pending = ""; ; ) {
    const { done, value } = await reader.read()
    if (done) return
    alive()
    const frames = (pending + value).split("\n\n")
    pending = frames.pop()
    for (const frame of frames) {
      const field = name =>
        frame
          .split("\n")
          .find(line => line.startsWith(`${name}: `))
          ?.slice(name.length + 2)
      if (field("id")) lastSeq = field("id")
      if (field("data")) hear(JSON.parse(field("data")))
    }
  }
}

for (let waitMs = 250; ; waitMs = Math.min(waitMs * 2, 4000)) {
  try {
    state = await json("GET", "/api/state")
    show()
    waitMs = 250
    await listen()
  } catch {
    // Told below: the service does not need its control plane.
  }
  mood("control plane away · the service serves on", "away")
  await new Promise(resolve => setTimeout(resolve, waitMs))
}
