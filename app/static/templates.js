// Copying placeholders: a tag as text, a table so that Word takes it as a table.

(() => {
  "use strict";

  const CELL = "border:1px solid #888;padding:2pt 4pt";

  function tableMarkup(table) {
    const copied = document.createElement("table");
    copied.setAttribute("style", "border-collapse:collapse");
    for (const row of table.rows) {
      const line = copied.insertRow();
      for (const cell of row.cells) {
        const copy = line.insertCell();
        copy.setAttribute("style", CELL);
        copy.textContent = cell.textContent;
      }
    }
    return copied.outerHTML;
  }

  function tableText(table) {
    return [...table.rows]
      .map((row) => [...row.cells].map((cell) => cell.textContent).join("\t"))
      .join("\n");
  }

  async function copy(button) {
    const table = document.getElementById(button.dataset.copyTable ?? "");
    if (!table) {
      await navigator.clipboard.writeText(button.dataset.copy);
      return button.dataset.copy;
    }
    const parts = {
      "text/html": new Blob([tableMarkup(table)], { type: "text/html" }),
      "text/plain": new Blob([tableText(table)], { type: "text/plain" }),
    };
    await navigator.clipboard.write([new ClipboardItem(parts)]);
    return "Die Tabelle";
  }

  if (!navigator.clipboard) {
    return;
  }
  const told = document.querySelector("[data-copied]");
  for (const button of document.querySelectorAll("[data-copy], [data-copy-table]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      try {
        told.textContent = `Kopiert: ${await copy(button)}`;
      } catch {
        told.textContent = "Ihr Browser erlaubt das Kopieren hier nicht. Markieren Sie den Text.";
      }
    });
  }
})();
