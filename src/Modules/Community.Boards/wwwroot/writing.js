// Buttons, names, emoji and a preview for whoever writes a post, and quoting a selection. All of it can be typed without them.

// What is put into the box can be taken back by the browser's own undo: it knows what execCommand inserts, and forgets all when a value is set.
const insert = (area, text) => {
  area.focus();
  if (text === "" ? document.execCommand("delete") : document.execCommand("insertText", false, text)) return;
  area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
  area.dispatchEvent(new InputEvent("input", { bubbles: true }));
};
const replace = (area, from, to, text, selectFrom = from + text.length, selectTo = selectFrom) => {
  area.setSelectionRange(from, to);
  insert(area, text);
  area.setSelectionRange(selectFrom, selectTo);
};

// The lines that the selection touches.
const lines = area => {
  const text = area.value, from = text.lastIndexOf("\n", area.selectionStart - 1) + 1, end = text.indexOf("\n", area.selectionEnd);
  return [from, end < 0 ? text.length : end];
};

const wrap = (area, sign, words) => {
  const { selectionStart: from, selectionEnd: to, value } = area, size = sign.length, chosen = value.slice(from, to);
  if (value.slice(from - size, from) === sign && value.slice(to, to + size) === sign && (size > 1 || value[from - 2] !== sign || value[from - 3] === sign)) {
    replace(area, from - size, to + size, chosen, from - size, to - size);
  } else if (chosen.length > 2 * size && chosen.startsWith(sign) && chosen.endsWith(sign)) {
    replace(area, from, to, chosen.slice(size, -size), from, to - 2 * size);
  } else {
    // Signs beside spaces mean nothing to Markdown.
    const [, before, inner, after] = chosen.match(/^(\s*)([^]*?)(\s*)$/), put = inner || words;
    replace(area, from, to, before + sign + put + sign + after, from + before.length + size, from + before.length + size + put.length);
  }
};

const prefix = (area, sign) => {
  const [from, to] = lines(area), all = area.value.slice(from, to).split("\n"), has = all.every(line => line.startsWith(sign));
  const text = all.map(line => has ? line.slice(sign.length) : sign + line).join("\n");
  const caret = area.selectionStart === area.selectionEnd;
  replace(area, from, to, text, caret ? from + text.length : from, from + text.length);
};

// A block stands between empty lines.
const block = (area, text, selectAt, selectLength) => {
  const { selectionStart: from, selectionEnd: to, value } = area, before = value.slice(0, from);
  const lead = before === "" || before.endsWith("\n\n") ? "" : before.endsWith("\n") ? "\n" : "\n\n";
  const tail = value.slice(to).startsWith("\n") || to === value.length ? "\n" : "\n\n";
  const at = from + lead.length + selectAt;
  replace(area, from, to, lead + text + tail, at, at + selectLength);
};

const tools = {
  bold: (area, say) => wrap(area, "**", say.words),
  italic: (area, say) => wrap(area, "*", say.words),
  spoiler: (area, say) => wrap(area, "||", say.words),
  list: area => prefix(area, "- "),
  quote: area => prefix(area, "> "),
  link: (area, say) => {
    const { selectionStart: from, selectionEnd: to } = area, chosen = area.value.slice(from, to), isAddress = /^https?:\/\/\S+$/.test(chosen);
    const words = isAddress || !chosen ? say.words : chosen, address = isAddress ? chosen : say.address;
    const start = isAddress || !chosen ? from + 1 : from + words.length + 3;
    replace(area, from, to, `[${words}](${address})`, start, start + (isAddress || !chosen ? words : address).length);
  },
  code: (area, say) => {
    const chosen = area.value.slice(area.selectionStart, area.selectionEnd);
    if (!chosen.includes("\n")) { wrap(area, "`", say.words); return; }
    const fence = "`".repeat(Math.max(3, ...[...chosen.matchAll(/`+/g)].map(m => m[0].length + 1)));
    block(area, `${fence}\n${chosen}\n${fence}`, fence.length + 1, chosen.length);
  },
  table: (area, say) => block(area, `| ${say.column} 1 | ${say.column} 2 |\n|---|---|\n| ${say.cell} | ${say.cell} |`, 2, say.column.length + 2),
};

// The sign on each button, and its key.
const signs = {
  bold: ["B", "B"], italic: ["I", "I"], link: ["↗", "K"], list: ["•"], quote: ["❝"], code: ["</>", "E"], table: ["▦"], spoiler: ["▒"], emoji: ["☺"], preview: [],
};
const made = (name, index, say) => {
  const button = document.createElement("button"), [sign, key] = signs[name], label = say[`tool-${name}`] + (key ? ` (Ctrl+${key})` : "");
  Object.assign(button, { type: "button", className: sign ? "tool" : "tool wide", tabIndex: index ? -1 : 0 });
  button.dataset.tool = name;
  if (!sign) { button.textContent = label; return button; }
  const face = Object.assign(document.createElement("span"), { className: `tool-${name}`, textContent: sign, ariaHidden: "true" });
  button.title = button.ariaLabel = label;
  if (key) button.setAttribute("aria-keyshortcuts", `Control+${key}`);
  button.append(face);
  return button;
};

const emoji = "🙂 😄 😂 😉 😊 😍 😅 😢 😭 😠 😱 🤔 🙏 👏 👍 👎 👌 💪 👀 ❤️ ⭐ ✨ 🔥 💡 🎉 🎁 ☀️ ☔ 🌸 🍁 🍵 🍰 🍺 ✅ ❌ ⚠️".split(" ");

const post = (bar, url, fields, signal) => {
  const token = bar.closest("form").querySelector("input[name^='__']"), body = new URLSearchParams(fields);
  body.append(token.name, token.value);
  return fetch(url, { method: "post", body, signal });
};

for (const bar of document.querySelectorAll(".writing-tools")) begin(bar);

function begin(bar) {
  const form = bar.closest("form"), area = form.querySelector("textarea[name=text]"), say = Object.fromEntries(bar.dataset.texts.split("|").map(each => each.split(/=(.*)/s)));
  if (!area) return;
  bar.append(...Object.keys(signs).map((name, i) => made(name, i, say)));
  bar.hidden = false;
  area.setAttribute("aria-controls", "writing-names");
  // One stop for the tab key; the arrows go from button to button.
  const buttons = [...bar.querySelectorAll("button")];
  bar.addEventListener("keydown", event => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key], at = buttons.indexOf(event.target);
    if (!step || at < 0) return;
    event.preventDefault();
    const next = buttons[(at + step + buttons.length) % buttons.length];
    for (const button of buttons) button.tabIndex = button === next ? 0 : -1;
    next.focus();
  });
  // The selection stays in the box.
  bar.addEventListener("mousedown", event => { if (event.target.closest("button")) event.preventDefault(); });
  bar.addEventListener("click", event => {
    const button = event.target.closest("[data-tool]"), tool = tools[button?.dataset.tool];
    if (tool && !composing) tool(area, say);
  });

  // An input method's text must not be touched while it is being made.
  let composing = false;
  area.addEventListener("compositionstart", () => { composing = true; close(); });
  area.addEventListener("compositionend", () => { composing = false; ask(); });

  area.addEventListener("keydown", event => {
    if (composing) return;
    if (!list.hidden && choose(event)) return;
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    const tool = { b: "bold", i: "italic", k: "link", e: "code" }[event.key.toLowerCase()];
    if (tool) { event.preventDefault(); tools[tool](area, say); }
    else if (event.key === "Enter") { event.preventDefault(); form.requestSubmit(form.querySelector("button.primary")); }
  });

  // Names behind an at sign.
  const list = document.createElement("ul");
  Object.assign(list, { id: "writing-names", className: "writing-names", hidden: true });
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", say.names);
  area.after(list);
  const pause = 2_000;
  let timer, asked, chosen = 0;
  const typed = () => area.selectionStart !== area.selectionEnd ? null
    : area.value.slice(Math.max(0, area.selectionStart - 60), area.selectionStart)
      .match(/(?:^|[^A-Za-z0-9À-ɏЀ-ӿ._\-+/\\@＠])[@＠]([^\s@＠][^\n@＠]{0,39})$/)?.[1];
  const close = () => { list.hidden = true; area.removeAttribute("aria-activedescendant"); asked?.abort(); clearTimeout(timer); };
  const mark = index => {
    chosen = (index + list.children.length) % list.children.length;
    for (const [i, option] of [...list.children].entries()) option.ariaSelected = String(i === chosen);
    area.setAttribute("aria-activedescendant", list.children[chosen].id);
  };
  const take = option => {
    const name = typed();
    close();
    if (name === null || name === undefined) return;
    const to = area.selectionStart, from = to - name.length - 1;
    replace(area, from, to, option.dataset.insert + " ");
  };
  const choose = event => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") mark(chosen + (event.key === "ArrowDown" ? 1 : -1));
    else if ((event.key === "Enter" || event.key === "Tab") && !event.shiftKey) take(list.children[chosen]);
    else if (event.key === "Escape") close();
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  };
  const ask = () => {
    clearTimeout(timer);
    const name = typed();
    if (!name || composing) { close(); return; }
    timer = setTimeout(async () => {
      asked?.abort();
      asked = new AbortController();
      try {
        const answer = await post(bar, `${bar.dataset.tools}/names`, { typed: name }, asked.signal);
        const names = answer.ok ? await answer.json() : [];
        // What has been typed since is asked for next: nothing of that is given up here.
        if (composing || typed() !== name) return;
        // Too often, or a moment's fault: nobody types the name again for that.
        if (!answer.ok && answer.status !== 404) { timer = setTimeout(ask, Number(answer.headers.get("Retry-After")) * 1000 || pause); return; }
        if (!names.length) { close(); return; }
        list.replaceChildren(...names.map((each, i) => {
          const option = document.createElement("li");
          Object.assign(option, { id: `writing-name-${i}`, textContent: each.name });
          option.setAttribute("role", "option");
          option.dataset.insert = each.insert;
          return option;
        }));
        list.hidden = false;
        mark(0);
      } catch { /* Given up for a later one, or offline: the name can be typed. */ }
    }, 150);
  };
  area.addEventListener("input", event => { if (!event.isComposing) ask(); });
  // Whoever is back by then goes on writing.
  area.addEventListener("blur", () => setTimeout(() => { if (document.activeElement !== area) close(); }, 150));
  list.addEventListener("mousedown", event => { event.preventDefault(); const option = event.target.closest("li"); if (option) take(option); });

  // A small choice of emoji.
  const picker = document.createElement("div"), opener = bar.querySelector("[data-tool=emoji]");
  Object.assign(picker, { className: "emoji-picker", hidden: true });
  picker.setAttribute("role", "group");
  picker.setAttribute("aria-label", say.emoji);
  picker.append(...emoji.map(each => Object.assign(document.createElement("button"), { type: "button", textContent: each })));
  bar.after(picker);
  opener.ariaExpanded = "false";
  const toggle = open => { picker.hidden = !open; opener.ariaExpanded = String(open); };
  opener.addEventListener("click", () => { toggle(picker.hidden); if (!picker.hidden) picker.firstChild.focus(); });
  picker.addEventListener("click", event => { if (event.target.matches("button")) { toggle(false); insert(area, event.target.textContent); } });
  picker.addEventListener("keydown", event => { if (event.key === "Escape") { event.stopPropagation(); toggle(false); opener.focus(); } });

  // The preview follows what is typed, at some distance.
  const panel = document.createElement("section"), switcher = bar.querySelector("[data-tool=preview]"), key = "live-preview";
  Object.assign(panel, { className: "live-preview post-text prose", hidden: true });
  panel.setAttribute("aria-label", say.preview);
  list.after(panel);
  let later, shown, running;
  const show = async () => {
    if (panel.hidden || area.value === shown) return;
    shown = area.value;
    if (!shown.trim()) { panel.textContent = say.empty; return; }
    running?.abort();
    running = new AbortController();
    try {
      const answer = await post(bar, `${bar.dataset.tools}/preview`, { text: shown }, running.signal);
      if (answer.ok) panel.innerHTML = await answer.text();
    } catch { shown = undefined; }
  };
  const remember = on => { try { on === undefined ? on = localStorage.getItem(key) : localStorage.setItem(key, on ? "on" : ""); } catch { on = ""; } return on; };
  const open = on => { panel.hidden = !on; switcher.ariaPressed = String(on); if (on) show(); };
  switcher.addEventListener("click", () => { open(panel.hidden); remember(!panel.hidden); });
  area.addEventListener("input", () => { clearTimeout(later); later = setTimeout(show, 600); });
  open(remember() === "on");

  // Words selected in a post are quoted into the form of this page.
  const posts = document.querySelector("ol.posts");
  if (!posts) return;
  const quoter = Object.assign(document.createElement("button"), { type: "button", className: "button small quote-selection", hidden: true, textContent: say.selection });
  document.body.append(quoter);
  const selected = () => {
    const selection = getSelection(), text = selection.toString().trim();
    if (!text || selection.rangeCount === 0) return null;
    const range = selection.getRangeAt(0), start = range.startContainer.parentElement?.closest(".post-text"), end = range.endContainer.parentElement?.closest(".post-text");
    return start && start === end && posts.contains(start) ? { text, range, article: start.closest("article.post") } : null;
  };
  document.addEventListener("selectionchange", () => {
    const now = selected();
    quoter.hidden = !now;
    if (!now) return;
    const box = now.range.getBoundingClientRect();
    quoter.style.insetBlockStart = `${scrollY + box.bottom + 6}px`;
    quoter.style.insetInlineStart = `${Math.max(8, Math.min(scrollX + box.left, innerWidth - 180))}px`;
  });
  quoter.addEventListener("mousedown", event => event.preventDefault());
  quoter.addEventListener("click", () => {
    const now = selected();
    if (!now) return;
    const literal = text => text.replace(/[\\`*_[\]<>~|]/g, "\\$&");
    const number = now.article.id.slice(1), by = now.article.querySelector(".post-byline .member")?.textContent ?? "";
    const link = new URL(now.article.querySelector(".post-number").href).pathname;
    const header = say.quote.replace(/\{(\d)(?::\w+)?\}/g, (_, n) => [literal(by), number, link][n]);
    const quoted = now.text.split("\n").map(line => line.trim() ? "> " + literal(line) : ">").join("\n");
    const end = area.value.length, lead = end === 0 || area.value.endsWith("\n\n") ? "" : area.value.endsWith("\n") ? "\n" : "\n\n";
    // The first quotation says what is answered, so that the tree is right.
    if (!area.value.trim()) answer(number);
    getSelection().removeAllRanges();
    replace(area, end, end, `${lead}${header}\n\n${quoted}\n\n`);
    area.scrollIntoView({ block: "center" });
  });
  const answer = number => {
    const address = new URL(form.action);
    address.searchParams.set("to", number);
    form.action = address.href;
    for (const button of form.querySelectorAll("button[formaction]")) {
      const other = new URL(button.formAction);
      other.searchParams.set("to", number);
      button.formAction = other.href;
    }
    const told = form.querySelector(".answers") ?? bar.parentElement.insertBefore(Object.assign(document.createElement("p"), { className: "hint answers" }), bar);
    told.textContent = say.answers.replace("{0}", number);
  };
}
