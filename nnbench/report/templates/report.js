"use strict";
(() => {
  const key = (row, index) => {
    const cell = row.cells[index];
    const value = cell.dataset.value;
    if (value === undefined) return cell.textContent.trim().toLowerCase();
    return value === "" || value === "nan" ? null : Number(value);
  };
  const order = (a, b) => (typeof a === "number" ? a - b : a.localeCompare(b, "en", { numeric: true }));

  const sort = (table, heading) => {
    const index = heading.cellIndex;
    const current = heading.getAttribute("aria-sort");
    const first = heading.querySelector("button").dataset.first || "ascending";
    const other = { ascending: "descending", descending: "ascending" };
    const direction = current === "none" ? first : other[current];
    for (const h of heading.parentNode.cells) h.setAttribute("aria-sort", "none");
    heading.setAttribute("aria-sort", direction);
    const sign = direction === "ascending" ? 1 : -1;
    const rows = Array.from(table.tBodies[0].rows, (row) => [key(row, index), row]);
    // What is missing stays below, whichever way the rest is sorted.
    rows.sort(([a], [b]) => (a === null || b === null ? (a === null) - (b === null) : sign * order(a, b)));
    table.tBodies[0].append(...rows.map(([, row]) => row));
  };

  for (const table of document.querySelectorAll("table.sortable")) {
    for (const heading of table.tHead.rows[0].cells) {
      heading.querySelector("button").addEventListener("click", () => sort(table, heading));
    }
  }

  for (const input of document.querySelectorAll("input[data-filters]")) {
    const rows = Array.from(document.getElementById(input.dataset.filters).tBodies[0].rows);
    const output = input.parentNode.querySelector("output");
    input.addEventListener("input", () => {
      const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const row of rows) {
        const text = row.textContent.toLowerCase();
        row.hidden = !words.every((word) => text.includes(word));
        shown += !row.hidden;
      }
      output.value = words.length ? `${shown} of ${rows.length}` : "";
    });
  }
})();
