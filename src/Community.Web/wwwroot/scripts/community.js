// Small comforts. Every page works without them.

// Times are told in the site's zone: here in that of the reader's machine, by the same rule (ReaderClock.cs).
const frame = document.querySelector("script[data-zone]").dataset;
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const tellTimes = part => {
  if (!zone || zone === frame.zone) return;
  const language = document.documentElement.lang, now = new Date(), hours = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  const day = date => Math.floor((date.getTime() / 60_000 - date.getTimezoneOffset()) / 1440);
  const write = (date, form) => new Intl.DateTimeFormat(language, form).format(date);
  for (const time of part.querySelectorAll("time[data-told]")) {
    const at = new Date(time.dateTime), days = day(now) - day(at), dateOnly = time.dataset.told === "day";
    if (days >= 0 && days < 7) {
      // Without 一昨日, and in Japanese without a space: 3日前.
      const ago = new Intl.RelativeTimeFormat(language, { numeric: days < 2 ? "auto" : "always" }).format(-days, "day");
      const name = language === "ja" ? ago.replaceAll(" ", "") : ago;
      time.textContent = dateOnly ? name : frame.at.replace("{0}", name).replace("{1}", write(at, hours));
    } else {
      time.textContent = write(at, { ...(at.getFullYear() === now.getFullYear() ? {} : { year: "numeric" }), month: "short", day: "numeric", ...(dateOnly ? {} : hours) });
    }
    time.title = `${write(at, { dateStyle: "full", timeStyle: "medium", hourCycle: "h23" })} ${zone}`;
  }
};
tellTimes(document);
// A module's script that puts a new part into the page says so.
document.addEventListener("community:part", event => tellTimes(event.detail));

// While an input method makes kanji, its keys are its own: no key of ours does anything. Safari ends the conversion before it tells of the key
// that ended it, and on Linux the first key comes before the conversion is announced; both have the code 229.
let converting = false;
addEventListener("compositionstart", () => { converting = true; }, true);
addEventListener("compositionend", () => { converting = false; }, true);
for (const kind of ["keydown", "keyup", "keypress"])
  addEventListener(kind, event => { if (converting || event.isComposing || event.keyCode === 229) event.stopImmediatePropagation(); }, true);

// A form is sent once, however often its button is pressed.
document.addEventListener("submit", event => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "yes";
  form.setAttribute("aria-busy", "true");
});
// Back from the next page, the form may be sent again.
addEventListener("pageshow", event => {
  if (event.persisted) for (const form of document.querySelectorAll("form[data-sent]")) { delete form.dataset.sent; form.removeAttribute("aria-busy"); }
});

// A password can be looked at while it is typed. It leaves as a password, so that the browser offers to keep it.
for (const input of document.querySelectorAll("input[data-show]")) {
  const button = document.createElement("button");
  const name = input.labels[0]?.textContent.trim() ?? "";
  const show = shown => { input.type = shown ? "text" : "password"; button.textContent = shown ? input.dataset.hide : input.dataset.show; button.ariaLabel = `${button.textContent} (${name})`; };
  Object.assign(button, { type: "button", className: "button" });
  button.setAttribute("aria-controls", input.id);
  button.addEventListener("click", () => show(input.type === "password"));
  input.form?.addEventListener("submit", () => show(false));
  const row = document.createElement("div");
  row.className = "reveal";
  input.replaceWith(row);
  row.append(input, button);
  show(false);
}

// What was typed is asked about before it is left.
// Another form of the page, such as a button in a post, does not send it.
const typed = new Set();
document.addEventListener("input", event => { if (event.target.matches("textarea")) typed.add(event.target.form); });
document.addEventListener("submit", event => { if (!event.defaultPrevented) typed.delete(event.target); });
// A module's script has kept it elsewhere.
document.addEventListener("community:kept", event => { typed.delete(event.detail); });
addEventListener("beforeunload", event => { if (typed.size > 0) event.preventDefault(); });

// The frame of an e-mail is as tall as the e-mail.
for (const frame of document.querySelectorAll("iframe.mail-frame")) {
  const fit = () => {
    const mail = frame.contentDocument?.documentElement;
    if (!mail?.textContent) return;
    frame.dataset.fitted = "";
    frame.height = Math.ceil(mail.getBoundingClientRect().height);
  };
  frame.addEventListener("load", fit);
  new ResizeObserver(fit).observe(frame);
}

// A menu closes with Escape and by a click elsewhere.
const closeMenus = except => { for (const menu of document.querySelectorAll("details.menu[open], details.account-menu[open]")) if (menu !== except) menu.open = false; };
document.addEventListener("click", event => closeMenus(event.target.closest("details")));
document.addEventListener("keydown", event => {
  if (event.key !== "Escape") return;
  const menu = event.target.closest("details[open]");
  if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
});

// A slash leads to the search field, unless something is being typed.
document.addEventListener("keydown", event => {
  if (event.key !== "/" || event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  // Who switched keys of one character off in the list of shortcuts means this one too.
  try { if (localStorage.getItem("community:shortcuts:off")) return; } catch { /* Forbidden: nothing was switched off. */ }
  const field = document.querySelector("input[data-search], [data-search] input");
  if (!field) return;
  event.preventDefault();
  field.focus();
  field.select();
});
