// Keeps what is being written on the server, a few seconds after the last key. Without it there is a button. While the line is broken the
// browser keeps a copy: bound to account and site, and gone when somebody signs out or another member signs in.

const prefix = "community:draft:";
const copies = {
  all: () => { try { return Object.keys(localStorage).filter(key => key.startsWith(prefix)); } catch { return []; } },
  get: key => { try { return JSON.parse(localStorage.getItem(key)); } catch { return null; } },
  set: (key, value) => { try { localStorage.setItem(key, JSON.stringify(value)); } catch { /* Full or forbidden: the page still has the text. */ } },
  drop: key => { try { localStorage.removeItem(key); } catch { /* Forbidden. */ } },
};
// Whoever signs out leaves nothing: the page is hidden on its way out, and what it would save then fails without the session. Whoever is
// asked and stays writes on, and it is kept as before.
let signsOut = false;
addEventListener("submit", event => {
  if (new URL(event.target.action, location).pathname !== "/sign-out") return;
  signsOut = true;
  copies.all().forEach(copies.drop);
}, true);
addEventListener("input", () => { signsOut = false; }, true);

const pause = 2_000, longest = 10_000, again = 20_000;

for (const part of document.querySelectorAll("[data-draft]")) begin(part);

function begin(part) {
  const form = part.closest("form"), { draft: token, key: formKey, title, text } = form.elements;
  const { owner, place } = part.dataset, line = part.querySelector(".draft-state");
  const say = Object.fromEntries(part.dataset.texts.split("|").map(each => each.split(/=(.*)/s)));
  for (const key of copies.all()) if (!key.startsWith(`${prefix}${owner}:`)) copies.drop(key);
  const copy = `${prefix}${owner}:${place}`;
  const words = () => ({ title: title.value, text: text.value });
  const same = (a, b) => a.title === b.title && a.text === b.text;
  // As a reply chosen by quoting: the address of the form says which post is answered.
  const here = () => {
    const to = new URL(form.action).searchParams.get("to");
    return place.startsWith("reply:") && to ? place.replace(/\d+$/, to) : place;
  };
  const tell = (words, link) => {
    line.textContent = words;
    if (link) line.append(" ", Object.assign(document.createElement("a"), { href: link, textContent: say.look }));
  };

  let kept = words(), timer, since = 0, running = null, dirty = false, leaving = false, composing = false;
  const offline = () => signsOut || copies.set(copy, { ...words(), draft: token.value, key: formKey.value });

  const save = async last => {
    clearTimeout(timer);
    if (running || composing || leaving || signsOut) return;
    const now = words();
    if (same(now, kept)) return;
    [dirty, since] = [false, 0];
    const body = new URLSearchParams({ place: here(), draft: token.value, key: formKey.value, ...now });
    const guard = form.querySelector("input[name^='__']");
    body.append(guard.name, guard.value);
    running = (async () => {
      try {
        // Browsers carry at most 64 KB for a page that is left.
        const answer = await fetch(part.dataset.draft, { method: "POST", body, redirect: "manual", keepalive: last && body.toString().length < 60_000 });
        if (answer.ok) done(await answer.json(), now);
        else if (answer.status === 422) { offline(); tell((await answer.json()).refused); }
        else failed(say.unsaved, Number(answer.headers.get("Retry-After")) * 1000 || again);
      } catch { failed(say.offline, again); }
    })();
    await running;
    running = null;
    if (dirty) later();
  };

  const done = (saved, now) => {
    [token.value, kept] = [saved.draft ?? "", now];
    if (saved.key) formKey.value = saved.key;
    copies.drop(copy);
    if (saved.other && !saved.draft) tell(say.sent, saved.other);
    else if (saved.other) tell(say.other, saved.other);
    else tell(saved.draft ? say.saved.replace("{0}", new Date().toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" })) : "");
    // Nothing is lost by leaving now.
    if (same(words(), now)) document.dispatchEvent(new CustomEvent("community:kept", { detail: form }));
  };

  const failed = (words, wait) => {
    offline();
    tell(words);
    clearTimeout(timer);
    timer = setTimeout(save, wait);
  };

  const later = () => {
    dirty = true;
    since ||= Date.now();
    clearTimeout(timer);
    timer = setTimeout(save, Math.min(pause, Math.max(0, since + longest - Date.now())));
  };

  form.addEventListener("input", event => { if (event.target === text || event.target === title) later(); });
  form.addEventListener("compositionstart", () => { composing = true; });
  form.addEventListener("compositionend", () => { composing = false; later(); });
  addEventListener("online", () => { if (copies.get(copy)) save(); });
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") save(true); });
  // What is under way must not arrive after the post: the form waits for it, for a moment.
  form.addEventListener("submit", event => {
    if (event.defaultPrevented) return;
    clearTimeout(timer);
    if (!running) { leaving = true; copies.drop(copy); return; }
    event.preventDefault();
    Promise.race([running, new Promise(over => setTimeout(over, 3_000))]).then(() => { running = null; form.requestSubmit(event.submitter); });
  });
  // Back from the next page, or turned back.
  addEventListener("pageshow", event => { if (event.persisted) leaving = false; });

  // Written while the line was broken. If the server's draft is the one that it grew from, it goes on here; else the server keeps both.
  const left = copies.get(copy);
  if (!left) return;
  if (same(left, kept)) { copies.drop(copy); return; }
  [title.value, text.value, token.value] = [left.title, left.text, left.draft];
  text.dispatchEvent(new InputEvent("input", { bubbles: true }));
  tell(say.restored);
}
