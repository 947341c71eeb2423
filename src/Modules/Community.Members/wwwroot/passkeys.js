// Passkeys: asks the browser for one, or to make one, and sends its answer in the page's own form. A page works without it: it then shows
// its password form alone, and says why.
const known = !!window.PublicKeyCredential?.parseRequestOptionsFromJSON && !!PublicKeyCredential.parseCreationOptionsFromJSON;
// What the browser offers in the address field waits until something is chosen; the button takes its place.
let waiting = null;

const say = (part, text) => {
  const place = part.querySelector("[data-passkey-said]");
  place.textContent = text ?? "";
  place.hidden = !text;
};

const send = (part, credential) => {
  const form = part.closest("form");
  form.elements.Credential.value = JSON.stringify(credential);
  // Not requestSubmit: the fields for the password stay empty.
  form.submit();
};

const begin = async part => {
  waiting?.abort();
  say(part);
  const options = JSON.parse(part.dataset.passkey);
  try {
    const credential = part.dataset.make === undefined
      ? await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) })
      : await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) });
    if (credential) send(part, credential);
  } catch (error) {
    // NotAllowedError also means that the person changed their mind, or took too long: the browser does not tell which.
    say(part, error.name === "InvalidStateError" ? part.dataset.already : part.dataset.failed);
  }
};

const offerInField = async part => {
  if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
  waiting = new AbortController();
  try {
    const credential = await navigator.credentials.get({
      mediation: "conditional",
      signal: waiting.signal,
      publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(JSON.parse(part.dataset.passkey)),
    });
    if (credential) send(part, credential);
  } catch { /* Aborted by the button, or nothing was chosen: the button is there. */ }
};

for (const part of document.querySelectorAll("[data-passkey]")) {
  if (!known) continue;
  for (const shown of part.querySelectorAll("[data-with-passkey]")) shown.hidden = false;
  for (const none of part.querySelectorAll("[data-without-passkey]")) none.hidden = true;
  part.querySelector("button[data-with-passkey]").addEventListener("click", () => begin(part));
  if (part.dataset.inField !== undefined) offerInField(part);
}
