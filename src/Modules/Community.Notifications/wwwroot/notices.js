// The number of new notices, asked anew now and then while somebody looks at the page. Without this script it is right at each page.
const place = document.querySelector("[data-notices]");
const shown = place?.querySelector(".count");
const pause = 60_000;
let asked = Date.now();

const ask = async () => {
  asked = Date.now();
  try {
    // The browser sends the number that it knows; an unchanged one has no body.
    const answer = await fetch(place.dataset.notices, { cache: "no-cache", credentials: "same-origin", redirect: "error" });
    if (!answer.ok) return;
    const number = Number(await answer.text()), max = Number(place.dataset.max);
    if (!Number.isInteger(number)) return;
    shown.textContent = number >= max ? `${max - 1}+` : String(number);
    shown.hidden = number === 0;
    shown.setAttribute("aria-label", place.dataset.new.replace("{0}", shown.textContent));
  } catch { /* Offline: the next page tells it. */ }
};

if (shown) {
  setInterval(() => { if (!document.hidden) ask(); }, pause);
  document.addEventListener("visibilitychange", () => { if (!document.hidden && Date.now() - asked > pause) ask(); });
}
