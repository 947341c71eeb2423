// The form of conditions. Without it, each button loads the page anew.

// The part of the page that a button changes is replaced, and what stands around it stays as it was typed.
const change = async button => {
  const form = button.form, builder = button.closest("[data-builder]");
  const data = new FormData(form);
  data.append(button.name, button.value);
  const body = form.enctype === "multipart/form-data" ? data : new URLSearchParams(data);
  builder.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(form.action, { method: "post", body });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector(`[data-builder][id="${builder.id}"]`);
    if (!fresh) return false;
    builder.replaceWith(fresh);
    // Loading the page again shows the form as it is now.
    if (answer.redirected) history.replaceState(null, "", answer.url);
    const changed = fresh.querySelector("[data-changed]");
    (changed?.querySelector("select:not(.builder-add select), input:not([type=hidden]), textarea") ?? fresh.querySelector(".builder-add select"))?.focus();
    return true;
  } catch { return false; }
};
document.addEventListener("click", async event => {
  const button = event.target.closest?.("[data-builder] button[name]");
  if (!button) return;
  event.preventDefault();
  if (button.closest("[data-builder]").ariaBusy === "true") return;
  if (!await change(button)) { button.closest("[data-builder]")?.removeAttribute("aria-busy"); button.form.requestSubmit(button); }
});
// What is chosen from the list of conditions is added at once.
document.addEventListener("change", event => {
  if (event.target.matches(".builder-add select") && event.target.value) event.target.parentElement.querySelector("button").click();
});
