// The few things that only the browser knows: its theme, and what is typed before anything is chosen.
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
})();
