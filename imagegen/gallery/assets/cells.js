// The cells: what narrows them down, and the sizes of those that have several.
const SHOWN_SIZES = 4; // more than one above this are folded away: 18 would be taller than their picture

const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
const shotsShown = () => [...document.querySelectorAll(".row:not([hidden]) .cell:not([hidden]) .shot[href]")];

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

function downloads(button) {
  let run = null; // what stops the downloads under way; a press while they stop begins no others

  async function start() {
    const pairs = shotsShown().flatMap((shot) => picturesOf(shot).map((picture) => [shot, picture]));
    byId("unsaved").hidden = pairs.every(([, { url }]) => saves(url));
    if (!byId("unsaved").hidden || pairs.length === 0) return;
    run = { goes: true };
    const begun = await saveAll(pairs, (done) => {
      button.textContent = `Stop (${done} of ${pairs.length})`;
      return run.goes;
    });
    run = null;
    button.textContent = "Download all";
    byId("count").textContent = begun === 1 ? "1 download begun" : `${begun.toLocaleString("en")} downloads begun`;
  }

  button.form.addEventListener("input", () => { byId("unsaved").hidden = true; });
  button.addEventListener("click", () => { if (run) run.goes = false; else start(); });
}

function sizesOf(shot) {
  const all = picturesOf(shot);
  if (all.length < 2) return [];
  const links = all.map((picture) => {
    const link = make("a", { href: picture.url, className: "size" }, ...label(picture));
    link.dataset.name = picture.name;
    return make("li", {}, link);
  });
  const folded = all.length > SHOWN_SIZES + 1 ? links.splice(SHOWN_SIZES) : [];
  const list = (items) => make("ul", { className: "sizes", ariaLabel: "Sizes" }, ...items);
  const more = make("summary", {}, `${folded.length} more`);
  const told = make("p", { className: "told", role: "status" });
  const html = make("button", { type: "button" }, "Copy HTML");
  html.addEventListener("click", async () => {
    told.textContent = `${await copy(imageHtml(shot, all[0]), html)} ${warning(all[0].url)}`;
  });
  const each = make("button", { type: "button", hidden: !all.every(({ url }) => saves(url)) }, `Download all ${all.length}`);
  each.addEventListener("click", () => saveAll(all.map((picture) => [shot, picture])));
  return [
    list(links),
    ...(folded.length ? [make("details", {}, more, list(folded))] : []),
    make("p", { className: "does" }, html, each),
    told,
  ];
}

// A row's sizes are built when it comes near: ten thousand cells would have as many lists.
function sizes(rows) {
  const watch = new IntersectionObserver((entries) => {
    for (const { target } of entries.filter(({ isIntersecting }) => isIntersecting)) {
      watch.unobserve(target);
      for (const shot of target.querySelectorAll(".shot")) shot.after(...sizesOf(shot));
    }
  }, { rootMargin: "100% 0px" });
  for (const row of rows) watch.observe(row);
}
