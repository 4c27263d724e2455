// The few things that only the browser knows: its theme, and what is typed before anything is chosen.
(() => {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const theme = () => (dark.matches ? "dark" : "light");

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.explore = {
    findTheme: () => theme(),
    same: (value) => value || "light",
    search: (text, hasMore) => (hasMore ? text || "" : window.dash_clientside.no_update),
  };

  dark.addEventListener("change", () => window.dash_clientside.set_props("theme", { data: theme() }));
})();
