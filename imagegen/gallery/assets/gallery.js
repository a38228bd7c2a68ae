"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

  // Errors of pictures do not bubble, and may come before the document is complete: listen first, while capturing.
  document.addEventListener("error", ({ target }) => {
    if (!(target instanceof HTMLImageElement)) return;
    target.parentElement.classList.add("lost");
    byId("loss").hidden = false;
  }, true);

  function filters(form) {
    const rows = Array.from(document.querySelectorAll(".row"), (row) => ({
      row,
      list: row.querySelector(".cells"),
      text: fold(row.querySelector(".prompt").textContent),
      cells: [...row.querySelectorAll(".cell")],
    }));
    const all = rows.reduce((sum, { cells }) => sum + cells.length, 0);

    function apply() {
      const words = fold(form.text.value).split(/\s+/).filter(Boolean);
      const model = form.model.value;
      let found = 0;
      let columns = 0;
      for (const { row, list, text, cells } of rows) {
        const matches = words.every((word) => text.includes(word));
        let shown = 0;
        for (const cell of cells) {
          cell.hidden = Boolean(model) && cell.dataset.model !== model;
          if (!cell.hidden) shown += 1;
        }
        row.hidden = !matches || shown === 0;
        list.dataset.columns = shown;
        columns = Math.max(columns, shown);
        if (!row.hidden) found += shown;
      }
      byId("matrix").dataset.columns = columns;
      const total = all.toLocaleString("en");
      byId("count").textContent = found === all ? `${total} shown` : `${found.toLocaleString("en")} of ${total} shown`;
      byId("none").hidden = found > 0;
    }

    form.addEventListener("input", apply);
    form.addEventListener("submit", (event) => event.preventDefault());
    form.hidden = false;
    apply();
  }

  function lightbox(box) {
    const full = byId("full");
    let shots = [];
    let at = 0;

    function show(index) {
      at = (index + shots.length) % shots.length;
      const shot = shots[at];
      const inline = shot.href.startsWith("data:");
      box.classList.add("loading");
      full.parentElement.classList.remove("lost");
      full.src = shot.href;
      full.alt = shot.querySelector("img").alt;
      byId("caption-title").textContent = shot.closest(".row").querySelector("h2").textContent;
      const facts = shot.parentElement.querySelector(".facts").cloneNode(true);
      byId("caption-facts").replaceChildren(...facts.childNodes);
      byId("place").textContent = `${(at + 1).toLocaleString("en")} of ${shots.length.toLocaleString("en")}`;
      byId("copy").hidden = inline;
      byId("copy").textContent = "Copy link";
      offer(byId("download"), shot.href, inline ? `picture-${at + 1}.jpg` : new URL(shot.href).pathname.split("/").pop());
    }

    // Browsers save a link's target only when it is of the page's own origin, which no two files are.
    function offer(link, url, name) {
      const saves = url.startsWith("data:") || (location.protocol !== "file:" && new URL(url).origin === location.origin);
      link.href = url;
      link.download = name;
      link.target = saves ? "" : "_blank";
      link.textContent = saves ? "Download" : "Open picture";
    }

    async function copy() {
      const url = shots[at].href;
      try {
        await navigator.clipboard.writeText(url);
      } catch {
        // Pages served over plain HTTP have no clipboard object; the old command still works there.
        const field = box.appendChild(document.createElement("textarea"));
        field.value = url;
        field.select();
        document.execCommand("copy");
        field.remove();
        byId("copy").focus();
      }
      byId("copy").textContent = "Copied";
    }

    byId("matrix").addEventListener("click", (event) => {
      const shot = event.target.closest(".shot");
      if (!shot || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      shots = [...document.querySelectorAll(".row:not([hidden]) .cell:not([hidden]) .shot")];
      show(shots.indexOf(shot));
      box.showModal();
    });
    const keys = {
      ArrowLeft: () => show(at - 1),
      ArrowRight: () => show(at + 1),
      Home: () => show(0),
      End: () => show(shots.length - 1),
    };
    box.addEventListener("keydown", (event) => {
      if (event.altKey || event.ctrlKey || event.metaKey || !(event.key in keys)) return;
      event.preventDefault();
      keys[event.key]();
    });
    for (const done of ["load", "error"]) full.addEventListener(done, () => box.classList.remove("loading"));
    byId("previous").addEventListener("click", () => show(at - 1));
    byId("next").addEventListener("click", () => show(at + 1));
    byId("copy").addEventListener("click", copy);
    byId("close").addEventListener("click", () => box.close());
    box.addEventListener("click", (event) => { if (event.target === box) box.close(); });
    box.addEventListener("close", () => shots[at].focus());
  }

  document.addEventListener("DOMContentLoaded", () => {
    if (byId("filters")) filters(byId("filters"));
    if (byId("lightbox")) lightbox(byId("lightbox"));
  });
})();
