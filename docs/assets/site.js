// For readers without a mouse: a table that is too wide scrolls with the arrow keys, and the search has a name.
addEventListener("load", () => {
  for (const table of document.querySelectorAll(".md-typeset__scrollwrap")) table.tabIndex = 0;
  document.querySelector(".md-search").setAttribute("aria-label", "Search");
});
