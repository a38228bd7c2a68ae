// The page of a private bucket: opened by a signed link, it shows the thumbnails that it holds, and links to nothing.
let sealed = false;

// Its links lead on from the key under which it was stored, and a signature is for the page alone.
function opensLinks(key) {
  const ends = [key, key.slice(0, key.lastIndexOf("/") + 1)];
  const own = ends.some((end) => location.pathname.endsWith(`/${end}`));
  return own && !new URLSearchParams(location.search).has("X-Amz-Signature");
}

function unseal(notice) {
  sealed = !opensLinks(notice.dataset.key);
  notice.hidden = !sealed;
  document.documentElement.classList.toggle("sealed", sealed);
  for (const shot of document.querySelectorAll(".shot")) {
    const image = shot.querySelector("img");
    if (sealed && image.src) Object.assign(shot, { href: "#", role: "button" });
    if (sealed) continue;
    shot.href = shot.dataset.href;
    if (image.dataset.src) image.src = image.dataset.src;
  }
}

function thumbnailOf(shot) {
  const image = shot.querySelector("img");
  const [width, height] = ["width", "height"].map((side) => Number(image.getAttribute(side)));
  return { name: "", size: "thumbnail", format: "jpeg", width, height, url: image.src };
}

const advice = () =>
  (sealed ? `This is the thumbnail. To open the picture: ${byId("sealed").querySelector("code").textContent}` : "");
