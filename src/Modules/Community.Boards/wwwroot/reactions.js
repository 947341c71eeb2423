// Reactions without loading the page anew. Without it the link leads to a page with the same buttons, and each button loads the page.

const form = document.getElementById("in-post");

if (form) document.addEventListener("click", event => {
  if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const link = event.target.closest("a.react"), button = event.target.closest("button.reaction");
  if (link) { event.preventDefault(); choose(link); }
  else if (button?.form === form) { event.preventDefault(); send(button); }
});

// The choice stands below the post's buttons, as that page has it: a second press, the Escape key or a choice takes it away.
async function choose(link) {
  const post = link.closest("article"), open = post.querySelector(":scope > .choices");
  document.querySelectorAll("article > .choices").forEach(close);
  if (open || link.ariaBusy) { link.focus(); return; }
  link.ariaBusy = "true";
  try {
    const answer = await fetch(link.href);
    if (!answer.ok) throw answer.status;
    const choices = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(".choices");
    post.querySelector(":scope > .post-actions").after(choices);
    link.setAttribute("aria-expanded", "true");
    choices.addEventListener("keydown", event => { if (event.key === "Escape") { close(choices); link.focus(); } });
    choices.firstElementChild?.focus();
  } catch { location.href = link.href; }
  link.ariaBusy = null;
}

function close(choices) {
  choices.closest("article").querySelector("a.react")?.removeAttribute("aria-expanded");
  choices.remove();
}

async function send(button) {
  const post = button.closest("article"), at = button.getAttribute("formaction"), id = at.split("/").pop();
  if (post.getAttribute("aria-busy")) return;
  post.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(at, { method: "POST", body: new URLSearchParams(new FormData(form)), headers: { Accept: "application/json" }, redirect: "manual" });
    if (!answer.ok) throw answer.status;
    show(post, (await answer.json()).html, id);
  } catch {
    // As without script: the answer says what is wrong.
    post.removeAttribute("aria-busy");
    form.action = at;
    form.submit();
  }
  post.removeAttribute("aria-busy");
}

function show(post, html, id) {
  const had = post.contains(document.activeElement);
  post.querySelectorAll(":scope > .choices").forEach(close);
  const row = post.querySelector(":scope > .reactions"), made = document.createRange().createContextualFragment(html).firstElementChild;
  if (row && made) row.replaceWith(made);
  else if (row) row.remove();
  else if (made) post.querySelector(":scope > .post-actions").before(made);
  if (had) (made?.querySelector(`[formaction$="/${id}"]`) ?? post.querySelector("a.react"))?.focus();
}
