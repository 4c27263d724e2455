// The few things that only the browser knows: its theme, what is typed before anything is chosen, and whether a
// finger on the chart means the chart or the page.
(() => {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const theme = () => (dark.matches ? "dark" : "light");
  let drags = 0;

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.explore = {
    findTheme: () => theme(),
    same: (value) => value || "light",
    // Plotly tells of much besides, its size for one; a call for that would drop the answer to the last drag
    findDrag: (change) =>
      change && (change["xaxis.autorange"] || change["xaxis.range"] || change["xaxis.range[0]"])
        ? { ...change, count: (drags += 1) } // a second drag to the same place is a drag too
        : window.dash_clientside.no_update,
    followTable: (search, clicks) => (clicks % 2 ? search : window.dash_clientside.no_update),
    search: (text, hasMore) => (hasMore ? text || "" : window.dash_clientside.no_update),
  };

  dark.addEventListener("change", () => window.dash_clientside.set_props("theme", { data: theme() }));

  // Mantine's searchable lists behave as comboboxes and don't say so to screen readers.
  const sayCombobox = () => {
    for (const input of document.querySelectorAll(".explore input[aria-haspopup=listbox]")) {
      const said = String("expanded" in input.dataset);
      if (input.getAttribute("role") !== "combobox") input.setAttribute("role", "combobox");
      if (input.getAttribute("aria-expanded") !== said) input.setAttribute("aria-expanded", said);
    }
  };
  const watched = { subtree: true, childList: true, attributes: true, attributeFilter: ["data-expanded", "aria-haspopup"] };
  document.addEventListener("DOMContentLoaded", () => {
    new MutationObserver(sayCombobox).observe(document.getElementById("main"), watched);
  });

  // Of several lines, one can be brought to the front: by pointing at it in the legend, or for good by pressing it.
  const bringForward = (field) => {
    const plot = document.querySelector(".explore .js-plotly-plot");
    if (!plot?.data || !window.Plotly) return;
    const opacity = plot.data.map((trace) => (!field || !trace.meta || trace.meta === field ? 1 : 0.12));
    if (plot.data.some((trace, at) => (trace.opacity ?? 1) !== opacity[at])) window.Plotly.restyle(plot, { opacity });
  };
  const keyOf = (event) => event.target.closest?.(".explore__key");
  const pressed = () => document.querySelector('.explore__key[aria-pressed="true"]')?.dataset.field;
  for (const name of ["mouseover", "focusin"]) {
    document.addEventListener(name, (event) => keyOf(event) && bringForward(keyOf(event).dataset.field));
  }
  for (const name of ["mouseout", "focusout"]) {
    document.addEventListener(name, (event) => keyOf(event) && bringForward(pressed()));
  }
  document.addEventListener("click", (event) => {
    const key = keyOf(event);
    if (!key) return;
    const isOn = key.getAttribute("aria-pressed") === "true";
    for (const other of document.querySelectorAll(".explore__key")) other.setAttribute("aria-pressed", "false");
    key.setAttribute("aria-pressed", String(!isOn));
    bringForward(pressed());
  });

  // Plotly takes every touch on its plot, and the page could not be scrolled past it. It gets those that begin by
  // moving sideways; the others are the browser's (touch-action: pan-y in explore.css).
  let held = null;

  document.addEventListener(
    "touchstart",
    (event) => {
      held = null;
      if (!event.isTrusted || event.touches.length !== 1 || !event.target.closest?.(".explore__chart .drag")) return;
      event.stopPropagation();
      held = event.touches[0];
    },
    { capture: true, passive: true },
  );

  document.addEventListener(
    "touchmove",
    (event) => {
      if (!held || !event.isTrusted) return;
      const touch = event.touches[0];
      const [x, y] = [Math.abs(touch.clientX - held.clientX), Math.abs(touch.clientY - held.clientY)];
      if (Math.max(x, y) < 6) return;
      const start = held;
      held = null;
      if (x <= y) return;
      const touches = [start];
      const options = { bubbles: true, cancelable: true, touches, targetTouches: touches, changedTouches: touches };
      start.target.dispatchEvent(new TouchEvent("touchstart", options));
    },
    { capture: true, passive: true },
  );
})();
