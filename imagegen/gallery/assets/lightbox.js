// The full view: steps through the pictures of the cells, and through the sizes of each.
function lightbox(box) {
  const full = byId("full");
  let shots = [];
  let at = 0;
  let pictures = [];
  let which = 0;
  let wanted = "";
  let opener = null;

  function show(index) {
    at = (index + shots.length) % shots.length;
    const shot = shots[at];
    pictures = picturesOf(shot);
    byId("caption-title").textContent = shot.closest(".row").querySelector("h2").textContent;
    const facts = shot.closest(".cell").querySelector(".facts").cloneNode(true);
    byId("caption-facts").replaceChildren(...facts.childNodes);
    byId("place").textContent = `${(at + 1).toLocaleString("en")} of ${shots.length.toLocaleString("en")}`;
    list();
    // Who looks at stories sees the next picture's story, where it has one.
    size(pictures.findIndex(({ name }) => name === wanted));
  }

  function list() {
    const held = byId("sizes").contains(document.activeElement);
    const several = pictures.length > 1;
    byId("sizes").hidden = !several;
    byId("caption-size").hidden = !several;
    box.classList.toggle("several", several);
    box.classList.toggle("many", pictures.length > 10);
    byId("sizes").replaceChildren(...pictures.map((picture, index) => {
      const button = make("button", { type: "button" }, ...label(picture));
      button.addEventListener("click", () => choose(index));
      return button;
    }));
    if (held) byId(several ? "sizes" : "next").focus();
  }

  function size(index) {
    const held = byId("sizes").contains(document.activeElement);
    which = Math.max(0, index);
    const picture = pictures[which];
    const shot = shots[at];
    box.classList.add("loading");
    box.style.setProperty("--ratio", picture.width / picture.height);
    full.parentElement.classList.remove("lost");
    Object.assign(full, { width: picture.width, height: picture.height, src: picture.url });
    full.alt = shot.querySelector("img").alt;
    byId("caption-size").replaceChildren(...label(picture), `, size ${which + 1} of ${pictures.length}`);
    for (const [number, button] of [...byId("sizes").children].entries()) {
      button.ariaPressed = String(number === which);
      if (number === which) button.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
    if (held) byId("sizes").children[which].focus();
    byId("copy").hidden = isInline(picture.url);
    byId("note").textContent = advice();
    const link = byId("download");
    const saved = saves(picture.url);
    Object.assign(link, { href: picture.url, download: fileName(shot, picture), target: saved ? "" : "_blank" });
    link.textContent = saved ? "Download" : "Open picture";
  }

  function choose(index) {
    const next = (index + pictures.length) % pictures.length;
    wanted = pictures[next].name;
    size(next);
  }

  function open(from, name) {
    opener = from;
    wanted = name;
    shots = shotsShown();
    show(shots.indexOf(from.closest(".cell").querySelector(".shot")));
    box.showModal();
  }

  byId("matrix").addEventListener("click", (event) => {
    const from = event.target.closest(".shot[href], .size");
    if (!from || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open(from, from.dataset.name ?? "");
  });
  const keys = {
    ArrowLeft: () => show(at - 1),
    ArrowRight: () => show(at + 1),
    Home: () => show(0),
    End: () => show(shots.length - 1),
  };
  const turns = { ArrowUp: () => choose(which - 1), ArrowDown: () => choose(which + 1) };
  box.addEventListener("keydown", (event) => {
    const does = keys[event.key] ?? (pictures.length > 1 ? turns[event.key] : undefined);
    if (event.altKey || event.ctrlKey || event.metaKey || !does) return;
    event.preventDefault();
    does();
  });
  for (const done of ["load", "error"]) full.addEventListener(done, () => box.classList.remove("loading"));
  byId("previous").addEventListener("click", () => show(at - 1));
  byId("next").addEventListener("click", () => show(at + 1));
  const copied = { copy: (_shot, { url }) => url, "copy-html": imageHtml, "copy-tags": ogTags };
  for (const [id, text] of Object.entries(copied)) {
    byId(id).addEventListener("click", async () => {
      const { url } = pictures[which];
      byId("note").textContent = `${await copy(text(shots[at], pictures[which]), byId(id))} ${warning(url)}`;
    });
  }
  byId("download").addEventListener("click", (event) => {
    if (!isInline(pictures[which].url)) return;
    event.preventDefault();
    save(pictures[which].url, fileName(shots[at], pictures[which]));
  });
  byId("close").addEventListener("click", () => box.close());
  box.addEventListener("click", (event) => { if (event.target === box) box.close(); });
  box.addEventListener("close", () => {
    const stayed = opener.closest(".cell") === shots[at].closest(".cell");
    (stayed ? opener : shots[at]).focus();
  });
}
