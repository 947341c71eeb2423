// Pages of the delivery engine move: asked for again every few seconds, what is marked as living is replaced. Without this a reload does.

const every = 5_000;
let failed = 0;

// Somebody works in it: it stays as it is until they are done.
const isInUse = part => part.contains(document.activeElement) || (!getSelection().isCollapsed && part.contains(getSelection().anchorNode));

async function look() {
  if (!document.hidden)
    try {
      const answer = await fetch(location.href, { cache: "no-store", redirect: "error" });
      if (!answer.ok) throw new Error(answer.status);
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      const parts = [...document.querySelectorAll("[data-live]")].map(part => [part, fresh.getElementById(part.id)]);
      // Signed out, or the engine is away: the page that was asked for says so.
      if (parts.some(([, next]) => !next)) throw new Error("no figures");
      // The moment beside it tells of the part that stays.
      const stays = part => isInUse(document.getElementById(part.id.replace(/-at$/, "")));
      for (const [part, next] of parts) if (!stays(part) && part.innerHTML !== next.innerHTML) renew(part, next);
      tell(failed = 0);
    } catch { tell(++failed); }
  setTimeout(look, every * Math.min(1 + failed, 6));
}

function renew(part, next) {
  const open = [...part.querySelectorAll("details")].map(fold => fold.open);
  [...next.querySelectorAll("details")].forEach((fold, i) => fold.open = open[i] ?? fold.open);
  part.replaceChildren(...next.childNodes);
}

// Once may be a hiccup.
const tell = times => document.querySelectorAll("[data-live-lost]").forEach(note => note.hidden = times < 2);

if (document.querySelector("[data-live]")) setTimeout(look, every);
