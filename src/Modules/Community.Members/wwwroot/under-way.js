// Pages of work that is under way: mailings, imports, acts on many members, segments, retyping. They work without it.

// What is under way is looked at again until it is over. Only the parts that move are replaced, and not under the hand that uses them.
const underWay = () => document.querySelector("[data-look-again]");
const lookAgain = async () => {
  const parts = [...document.querySelectorAll("[data-live]")];
  if (!document.hidden && !parts.some(part => part.contains(document.activeElement) || part.querySelector("details[open], form[data-sent]"))) {
    try {
      const answer = await fetch(location.href);
      if (answer.ok) {
        const now = new DOMParser().parseFromString(await answer.text(), "text/html");
        // A part that went with the end of the work: what stands around it has changed too.
        if (parts.some(part => !now.querySelector(`[data-live="${part.dataset.live}"]`))) return location.reload();
        for (const part of parts) {
          const fresh = now.querySelector(`[data-live="${part.dataset.live}"]`);
          if (fresh) document.dispatchEvent(new CustomEvent("community:part", { detail: fresh }));
          if (fresh && fresh.textContent !== part.textContent) part.replaceWith(fresh);
        }
      }
    } catch { /* The network is away; it is tried again. */ }
  }
  if (underWay()) setTimeout(lookAgain, 3000);
};
if (underWay()) setTimeout(lookAgain, 3000);
