// Small helps on the work pages; each page is complete without them.

// A question that matters only after a certain answer stays hidden until then: data-shown-when="field=value"
// or "field!=value".
function follow(box) {
  const [, name, not, value] = box.dataset.shownWhen.match(/^(\w+)(!?)=(.*)$/);
  const form = box.closest("form");
  const update = () => {
    const field = form.elements[name];
    const given = field?.value ?? "";
    box.hidden = not ? given === value || given === "" : given !== value;
  };
  form.addEventListener("change", update);
  update();
}

// Passkeys: allauth's script tells of a failure by an event; people should read it.
const REASONS = {
  NotAllowedError: "The passkey was not used: the request was cancelled, or it took too long. Try again.",
  InvalidStateError: "This device’s passkey is already added to your account.",
  NotSupportedError: "This browser or device can’t make a passkey of the kind that is needed.",
  SecurityError: "Passkeys need a secure address (https). Sign in with your password instead.",
};
document.addEventListener("allauth.error", (event) => {
  const place = document.getElementById("passkey-error");
  if (!place) return;
  const { exception } = event.detail;
  place.textContent = REASONS[exception?.name] ?? "The passkey could not be used. Sign in with your password instead.";
  place.hidden = false;
  event.preventDefault();
});

function ready() {
  document.querySelectorAll("[data-shown-when]").forEach(follow);
  document.querySelectorAll("[data-needs-script]").forEach((element) => (element.hidden = !window.PublicKeyCredential));
  document.querySelector(".error-summary[autofocus], .notice[autofocus]")?.focus();
}
ready();
