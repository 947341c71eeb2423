// In an open topic: says how many posts are new, and keys for who reads without a mouse. Without it the page is as it was loaded.

const place = document.querySelector("[data-new-posts]");
if (place) watch(place);

// One kept number, asked with the version that is known: unchanged, the answer has no body. Slower while nothing happens, not at all while
// nobody looks.
function watch(place) {
  const first = 30_000, slowest = 300_000, { newPosts: at, one, other } = place.dataset;
  let pause = first, timer, asked = Date.now(), known = place.dataset.version, gone = false;
  const total = Number(known.split("-")[0]), replies = Number(known.split("-")[1]);

  const ask = async () => {
    asked = Date.now();
    try {
      const answer = await fetch(at, { headers: { "If-None-Match": `"${known}"` }, cache: "no-store", redirect: "error" });
      if (answer.status === 429) pause = Math.max(pause, Number(answer.headers.get("Retry-After")) * 1000 || slowest);
      else if (answer.status === 304) pause = Math.min(pause * 1.5, slowest);
      else if (answer.ok) { known = await answer.text(); pause = first; tell(); }
      // The topic is gone, or may no longer be read: the next page says so.
      else if (answer.status < 500) gone = true;
    } catch { pause = Math.min(pause * 2, slowest); }
    later();
  };
  const tell = () => {
    const news = Number(known.split("-")[1]) - replies;
    place.hidden = news < 1;
    if (news < 1) return;
    const words = (news === 1 ? one : other).replace("{0}", news.toLocaleString(document.documentElement.lang));
    let link = place.querySelector("a");
    if (!link) place.append(link = Object.assign(document.createElement("a"), { className: "button small", rel: "nofollow" }));
    link.href = at.replace(/version$/, `posts/${total + 1}`);
    // Said again only if it is another number.
    if (link.textContent !== words) link.textContent = words;
  };
  const later = () => {
    clearTimeout(timer);
    if (!gone && !document.hidden) timer = setTimeout(ask, pause);
  };
  document.addEventListener("visibilitychange", () => {
    clearTimeout(timer);
    if (document.hidden || gone) return;
    if (Date.now() - asked >= first) { pause = first; ask(); } else later();
  });
  later();
}

// Keys of one character, never while somebody types, and not at all where they were switched off (WCAG 2.1.4).
const list = document.querySelector("a[data-shortcuts]"), off = "community:shortcuts:off";
const isOff = () => { try { return localStorage.getItem(off) !== null; } catch { return false; } };
const typing = target => target.closest?.("input, textarea, select, [contenteditable], dialog[open]");

const step = way => {
  const posts = [...document.querySelectorAll("article.post[id]")], top = post => post.getBoundingClientRect().top;
  const at = posts.findIndex(post => post.contains(document.activeElement));
  const next = at >= 0 ? posts[at + way] : way > 0 ? posts.find(post => top(post) > 1) : posts.findLast(post => top(post) < -1);
  if (!next) return;
  next.tabIndex = -1;
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "start" });
};
const current = () => {
  const posts = [...document.querySelectorAll("article.post[id]")];
  return posts.find(post => post.contains(document.activeElement)) ?? posts.findLast(post => post.getBoundingClientRect().top <= innerHeight / 3);
};
const press = selector => { const target = document.querySelector(selector); target?.click(); return target; };
const keys = {
  j: () => step(1),
  k: () => step(-1),
  u: () => press("a[data-first-unread]"),
  n: () => press("[data-new-posts] a"),
  r: () => current()?.querySelector(".post-actions a[href*='/reply?']")?.click(),
  "?": show,
};

if (list) {
  document.addEventListener("keydown", event => {
    if (event.defaultPrevented || event.isComposing || event.keyCode === 229 || event.ctrlKey || event.altKey || event.metaKey) return;
    if (isOff() || typing(event.target) || !Object.hasOwn(keys, event.key)) return;
    event.preventDefault();
    keys[event.key]();
  });
  list.addEventListener("click", event => {
    if (event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    show();
  });
}

// The page of the keys, in a dialog: with it the switch, which holds for this browser.
async function show() {
  let dialog = document.getElementById("shortcuts");
  if (!dialog) {
    let page;
    try { page = new DOMParser().parseFromString(await (await fetch(list.href)).text(), "text/html"); } catch { location.href = list.href; return; }
    const keysOf = page.querySelector("[data-keys]");
    if (!keysOf) { location.href = list.href; return; }
    dialog = Object.assign(document.createElement("dialog"), { id: "shortcuts" });
    dialog.setAttribute("aria-label", list.textContent.trim());
    dialog.append(keysOf);
    const label = document.createElement("label"), box = Object.assign(document.createElement("input"), { type: "checkbox", checked: !isOff() });
    label.className = "choice";
    label.append(box, keysOf.dataset.on);
    box.addEventListener("change", () => {
      try { if (box.checked) localStorage.removeItem(off); else localStorage.setItem(off, "1"); } catch { /* Forbidden: they stay as they are. */ }
    });
    const close = Object.assign(document.createElement("button"), { className: "button", textContent: keysOf.dataset.close });
    close.addEventListener("click", () => dialog.close());
    dialog.append(label, close);
    document.body.append(dialog);
  }
  dialog.showModal();
}
