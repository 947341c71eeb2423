// Pictures and files for a post: picked, pasted or dropped, sent one by one while the writer goes on. Without it they are sent with the form.

const undoably = (area, from, to, text) => {
  // Not by value: the browser's own undo takes back what execCommand inserts, and knows nothing of a value that was set.
  area.focus();
  area.setSelectionRange(from, to);
  if (!(text ? document.execCommand("insertText", false, text) : document.execCommand("delete"))) {
    area.setRangeText(text, from, to, "end");
    area.dispatchEvent(new InputEvent("input", { bubbles: true }));
  }
};

const newKey = () => {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = bytes[6] & 15 | 64;
  bytes[8] = bytes[8] & 63 | 128;
  return [...bytes].map((b, i) => (i === 4 || i === 6 || i === 8 || i === 10 ? "-" : "") + b.toString(16).padStart(2, "0")).join("");
};

const maxAtOnce = 2, tries = 4;

for (const field of document.querySelectorAll("[data-attach]")) begin(field);

function begin(field) {
  const texts = Object.fromEntries(field.dataset.texts.split("|").map(each => each.split(/=(.*)/s))), most = Number(field.dataset.most);
  const say = (key, ...words) => words.reduce((text, word, i) => text.replaceAll(`{${i}}`, word), texts[key]);
  const form = field.closest("form"), input = field.querySelector("input[type=file]"), area = form.querySelector("textarea[name=text]");
  if (!area) return;
  const list = document.createElement("ul"), voice = document.createElement("p"), hint = document.createElement("p");
  list.className = "uploads";
  voice.className = "visually-hidden";
  voice.setAttribute("role", "status");
  hint.className = "hint";
  hint.textContent = say("drop");
  field.querySelector(".hint").after(hint);
  field.append(list, voice);

  const waiting = [];
  let running = 0, composing = false, submitter = null, held = false, edited = 0;
  const afterComposing = [];
  area.addEventListener("compositionstart", () => { composing = true; });
  area.addEventListener("compositionend", () => { composing = false; setTimeout(() => { for (const act of afterComposing.splice(0)) act(); }); });
  area.addEventListener("input", () => edited++);
  // A text that an input method is still composing must not be touched.
  const whenComposed = act => composing ? afterComposing.push(act) : act();

  const add = files => { for (const file of files) upload(file); };
  input.addEventListener("change", () => { add([...input.files]); input.value = ""; });
  area.addEventListener("paste", event => {
    const files = [...event.clipboardData.files];
    // Office programs put a picture of the text beside the text.
    if (files.length === 0 || event.clipboardData.getData("text/plain")) return;
    event.preventDefault();
    add(files);
  });
  const carriesFiles = event => event.dataTransfer && [...event.dataTransfer.types].includes("Files");
  form.addEventListener("dragover", event => { if (carriesFiles(event)) { event.preventDefault(); event.dataTransfer.dropEffect = "copy"; form.classList.add("dropping"); } });
  form.addEventListener("dragleave", event => { if (!form.contains(event.relatedTarget)) form.classList.remove("dropping"); });
  form.addEventListener("drop", event => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    form.classList.remove("dropping");
    add([...event.dataTransfer.files]);
  });
  // A form that is sent while files are still under way waits for them.
  form.addEventListener("submit", event => {
    if (running + waiting.length === 0) return;
    event.preventDefault();
    [held, submitter] = [true, event.submitter];
    voice.textContent = say("waiting");
    status(say("waiting"));
  });
  addEventListener("beforeunload", event => { if (running + waiting.length > 0) event.preventDefault(); });

  let note;
  const status = text => {
    if (!note) { note = document.createElement("p"); note.className = "hint"; list.after(note); }
    note.textContent = text;
  };
  const settled = () => {
    if (running + waiting.length > 0) return;
    if (note) { note.remove(); note = null; }
    if (!held) return;
    held = false;
    // What failed stays on the page for the writer to decide.
    if (!list.querySelector(".failed")) form.requestSubmit(submitter ?? undefined);
  };

  function upload(file) {
    const item = { file, key: newKey(), caret: area.selectionStart, edits: edited, row: document.createElement("li") };
    list.append(item.row);
    if (file.size > most) return fail(item, say("large", file.name, most / 1024 / 1024), false);
    waiting.push(item);
    show(item, say("sending", file.name, 0), 0);
    next();
  }

  function next() {
    while (running < maxAtOnce && waiting.length > 0) { running++; send(waiting.shift(), 1); }
    settled();
  }

  const ended = () => { running--; next(); };

  function send(item, attempt) {
    const request = item.request = new XMLHttpRequest(), body = new FormData();
    body.append("__RequestVerificationToken", form.elements.__RequestVerificationToken.value);
    body.append("key", item.key);
    body.append("file", item.file, item.file.name);
    request.open("POST", field.dataset.attach);
    request.responseType = "json";
    request.upload.onprogress = event => {
      const part = event.lengthComputable ? Math.floor(event.loaded * 100 / event.total) : 0;
      show(item, part < 100 ? say("sending", item.file.name, part) : say("processing", item.file.name), part);
    };
    request.onload = () => {
      if (request.status === 200 && request.response) { done(item, request.response); ended(); }
      else if (request.status === 422 && request.response) { fail(item, `${item.file.name}: ${request.response.refused}`, false); ended(); }
      else if (request.status >= 500 || request.status === 429) again(item, attempt, Number(request.getResponseHeader("Retry-After")) || 0);
      else { fail(item, say("stale", item.file.name), false); ended(); }
    };
    // A broken line: the key makes what arrived before the same upload.
    request.onerror = request.ontimeout = () => again(item, attempt, 0);
    request.onabort = () => { item.row.remove(); ended(); };
    request.send(body);
  }

  function again(item, attempt, seconds) {
    if (attempt >= tries || seconds > 60) { fail(item, say("failed", item.file.name), true); ended(); return; }
    item.timer = setTimeout(() => send(item, attempt + 1), Math.max(seconds * 1000, 500 * 3 ** attempt));
  }

  const button = (text, name, act) => {
    const made = document.createElement("button");
    Object.assign(made, { type: "button", className: "button quiet small", textContent: text });
    made.ariaLabel = `${text}: ${name}`;
    made.addEventListener("click", act);
    return made;
  };

  function show(item, text, part) {
    if (!item.bar) {
      item.bar = document.createElement("progress");
      item.bar.max = 100;
      item.words = document.createElement("span");
      item.row.replaceChildren(item.words, item.bar, button(say("cancel"), item.file.name, () => {
        const place = waiting.indexOf(item);
        if (place >= 0) { waiting.splice(place, 1); item.row.remove(); settled(); }
        else if (item.request?.readyState === XMLHttpRequest.DONE) { clearTimeout(item.timer); item.row.remove(); ended(); }
        else item.request.abort();
        area.focus();
      }));
    }
    item.words.textContent = text;
    item.bar.value = part;
    item.bar.ariaLabel = text;
  }

  function fail(item, text, mayRetry) {
    item.bar = null;
    const words = document.createElement("span");
    words.textContent = text;
    item.row.className = "failed";
    item.row.replaceChildren(words);
    if (mayRetry)
      item.row.append(button(say("again"), item.file.name, () => {
        item.row.className = "";
        waiting.push(item);
        show(item, say("sending", item.file.name, 0), 0);
        next();
      }));
    voice.textContent = text;
  }

  function done(item, file) {
    voice.textContent = say("done", file.name);
    whenComposed(() => insert(item, file.markdown));
    const words = document.createElement("span");
    words.textContent = file.name;
    item.row.replaceChildren(words);
    if (file.isPicture) item.row.append(description(file));
    item.row.append(button(say("remove"), file.name, () => {
      const found = find(file.url);
      if (found) undoably(area, found.from, found.to, "");
      voice.textContent = say("gone", file.name);
      item.row.remove();
    }));
  }

  // At the caret; if the writer has gone on, behind the line of the caret, so that no word is cut in two.
  function insert(item, markdown) {
    const focused = document.activeElement, text = area.value, back = [area.selectionStart, area.selectionEnd];
    const wentOn = edited !== item.edits || area.selectionStart !== item.caret;
    let at = area.selectionEnd;
    if (wentOn) { const end = text.indexOf("\n", at); at = end < 0 ? text.length : end; }
    const before = text.slice(0, at), after = text.slice(at);
    const apart = (before === "" || before.endsWith("\n\n") ? "" : before.endsWith("\n") ? "\n" : "\n\n") + markdown
      + (after.startsWith("\n\n") ? "" : after.startsWith("\n") ? "\n" : "\n\n");
    undoably(area, wentOn ? at : back[0], at, apart);
    if (wentOn) area.setSelectionRange(...back);
    // The others of the same choice follow behind it.
    else for (const other of waiting) if (other.edits === item.edits) [other.edits, other.caret] = [edited, area.selectionStart];
    if (focused !== area && focused !== document.body && focused !== input) focused.focus();
  }

  const find = url => {
    const end = area.value.indexOf(`](${url}`);
    if (end < 0) return null;
    let from = end;
    while (from > 0 && (area.value[from] !== "[" || area.value[from - 1] === "\\")) from--;
    const isPicture = area.value[from - 1] === "!";
    return { from: isPicture ? from - 1 : from, words: from + 1, end, to: area.value.indexOf(")", end) + 1 };
  };

  function description(file) {
    const label = document.createElement("label"), box = document.createElement("input");
    label.className = "describe";
    box.type = "text";
    box.maxLength = 300;
    label.append(`${say("describe")} `, box);
    box.addEventListener("change", () => {
      const found = find(file.url);
      if (!found) return;
      undoably(area, found.words, found.end, box.value.replace(/[\\[\]`*_~<>!]/g, "\\$&") || file.name);
      box.focus();
    });
    box.addEventListener("keydown", event => { if (event.key === "Enter" && !event.isComposing && event.keyCode !== 229) { event.preventDefault(); box.blur(); } });
    return label;
  }
}
