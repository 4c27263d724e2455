// Everything works without this script; it saves steps: parts of pages change in place, text is copied by a
// button, an open menu closes when one looks elsewhere.
import htmx from "htmx.org";

const nonce = document.querySelector("meta[name=htmx-config]")?.dataset.nonce;
htmx.config.includeIndicatorStyles = false; // they stand in the style sheet: the CSP allows no inline styles
htmx.config.allowEval = false;
htmx.config.allowScriptTags = false;
htmx.config.selfRequestsOnly = true;
htmx.config.historyCacheSize = 0; // no page of a signed-in person stays in the browser's storage
htmx.config.scrollBehavior = "auto";
if (nonce) htmx.config.inlineScriptNonce = nonce;
window.htmx = htmx;

document.documentElement.classList.add("has-script");

document.addEventListener("htmx:configRequest", (event) => {
  const token = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/);
  if (token) event.detail.headers["X-CSRFToken"] = decodeURIComponent(token[1]);
});

// A refusal or a fault of the server replaces the page as it would without this script.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, requestConfig } = event.detail;
  if (xhr.status >= 400 && requestConfig.verb === "get") {
    event.preventDefault();
    window.location.assign(requestConfig.path);
  }
});

async function copy(button) {
  const source = document.getElementById(button.dataset.copy);
  const text = source.value ?? source.textContent;
  try {
    await navigator.clipboard.writeText(text.trim());
  } catch {
    const range = document.createRange();
    range.selectNodeContents(source);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    if (!document.execCommand("copy")) return;
  }
  const said = button.querySelector("[data-said]") ?? button;
  const before = said.textContent;
  said.textContent = "Copied";
  setTimeout(() => { said.textContent = before; }, 2000);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (button) copy(button);
  const printer = event.target.closest("[data-print]");
  if (printer) window.print();
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = event.target.closest?.("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

// Forms that say so are sent as soon as a choice changes.
document.addEventListener("change", (event) => {
  const form = event.target.form;
  if (form?.hasAttribute("data-autosubmit")) form.requestSubmit();
});
