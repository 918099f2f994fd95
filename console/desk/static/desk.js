// Keys for people who decide all day; everything works without them.
"use strict";
(() => {
  const rows = [...document.querySelectorAll("[data-rows] tbody tr")];
  const link = row => row.querySelector("a.row");
  let at = -1;
  const move = step => {
    if (!rows.length) return;
    at = Math.min(Math.max(at + step, 0), rows.length - 1);
    link(rows[at]).focus();
    rows[at].scrollIntoView({block: "nearest"});
  };
  document.addEventListener("keydown", event => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (/^(input|textarea|select)$/i.test(event.target.tagName)) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    const reason = document.getElementById("reason");
    const back = document.querySelector("[data-back]");
    if (event.key === "j") move(1);
    else if (event.key === "k") move(-1);
    else if (event.key === "r" && reason) { reason.focus(); event.preventDefault(); }
    else if (event.key === "b" && back) back.click();
  });
})();
