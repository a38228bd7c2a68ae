// Errors of pictures do not bubble, and may come before the document is complete: listen first, while capturing.
document.addEventListener("error", ({ target }) => {
  if (!(target instanceof HTMLImageElement)) return;
  target.parentElement.classList.add("lost");
  byId("loss").hidden = false;
}, true);

document.addEventListener("DOMContentLoaded", () => {
  if (!byId("matrix")) return;
  if (byId("sealed")) unseal(byId("sealed"));
  filters(byId("filters"));
  downloads(byId("save-all"));
  lightbox(byId("lightbox"));
  sizes(document.querySelectorAll(".row"));
});
