import { call } from "./api.js"
import { element } from "./render.js"

/** Who is signed in (`{ id, handle }`), or null. */
export let me = null

/** Sets up signing in and out; `onChange` is called whenever it is another who reads. */
export async function setUpAccount(onChange) {
  const dialog = element("account-dialog")
  element("sign-in").addEventListener("click", askToSignIn)
  element("account-cancel").addEventListener("click", () => dialog.close())
  element("sign-out").addEventListener("click", async () => {
    await call("POST", "/api/logout")
    become(null)
    onChange()
  })
  element("credentials").addEventListener("submit", async event => {
    event.preventDefault()
    const { handle, password } = Object.fromEntries(new FormData(event.target))
    try {
      const answer = await call("POST", `/api/${event.submitter?.value ?? "login"}`, { handle, password })
      event.target.reset()
      dialog.close()
      become(answer.user)
      onChange()
    } catch (error) {
      element("account-problem").textContent = error.message
    }
  })
  become((await call("GET", "/api/me")).user)
}

export function askToSignIn() {
  element("account-problem").textContent = ""
  element("account-dialog").showModal()
}

/** The session may have ended meanwhile. */
export function becomeNobody() {
  become(null)
}

function become(user) {
  me = user
  element("who").textContent = user === null ? "" : user.handle
  element("sign-in").hidden = user !== null
  element("sign-out").hidden = user === null
}
