"use strict";
// What a cell's pictures are, and what a site's author does with them: names of files, HTML, tags, saving.
const FOR_ALL = ["jpeg", "png", "webp", "avif"]; // what any reader shows comes first
const BETTER = ["avif", "webp"]; // the smaller comes first: a browser takes the first source that it knows
const PAUSE = 300; // milliseconds between two downloads: browsers drop what is asked for all at once

const byId = (id) => document.getElementById(id);
const isInline = (url) => url.startsWith("data:");

function make(name, properties, ...content) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...content);
  return made;
}

// Each line of the attribute is a name, a width, a height and, unless it is the shot's own, a link as seen from there:
// a fifth word stands for the last value of a query that is the shot's otherwise.
function picturesOf(shot) {
  if (sealed) return [thumbnailOf(shot)];
  const query = shot.href.slice(shot.href.indexOf("?"), shot.href.lastIndexOf("=") + 1);
  return shot.dataset.pictures.split("\n").map((line) => {
    const [code, width, height, link, last] = line.split(" ");
    const whole = last === undefined ? link : `${link}${query}${last}`;
    const url = link ? new URL(whole, isInline(link) ? undefined : shot.href).href : shot.href;
    const ending = isInline(url) ? /^data:image\/(\w+)/.exec(url)?.[1] : new URL(url).pathname.split(".").pop();
    const name = decodeURIComponent(code);
    const format = ending === "jpg" ? "jpeg" : ending;
    const size = name.endsWith(`.${format}`) ? name.slice(0, -format.length - 1) : name;
    return { name, size, format, width: Number(width), height: Number(height), url };
  });
}

function label({ size, format, width, height }) {
  const shape = `${width}×${height}`;
  const words = size.replace("x", "×") === shape ? [] : [make("b", {}, size), " "];
  return [...words, shape, format === "jpeg" ? "" : ` ${format}`];
}

const titleOf = (part) => part.closest(".row").querySelector("h2").textContent.replace(/\s+/g, " ").trim();

function slug(text) {
  const plain = text.normalize("NFKC").toLowerCase().replace(/[\p{Cf}\p{Variation_Selector}'’]/gu, "");
  const words = plain.match(/[\p{L}\p{N}][\p{L}\p{N}\p{M}]*/gu) ?? [];
  let made = "";
  for (const word of words) {
    // Four bytes a letter at most: a file's name has 255.
    if ([...made, ...word].length > 48) {
      made ||= [...word].slice(0, 48).join("");
      break;
    }
    made += made ? `-${word}` : word;
  }
  return made;
}

const stems = new Map();

// Rows of equal titles get numbers, in the order of the page, so that no file takes another one's place.
function stemOf(row) {
  if (!stems.size) {
    const taken = new Set();
    for (const each of document.querySelectorAll(".row")) {
      const title = slug(titleOf(each)) || "picture";
      let stem = title;
      for (let number = 2; taken.has(stem); number += 1) stem = `${title}-${number}`;
      taken.add(stem);
      stems.set(each, stem);
    }
  }
  return stems.get(row);
}

function fileName(shot, { size, format }) {
  const model = byId("filters").model.length > 2 ? shot.closest(".cell").dataset.model : "";
  const stem = [stemOf(shot.closest(".row")), slug(model), slug(size)].filter(Boolean).join("-");
  return `${stem}.${format === "jpeg" ? "jpg" : format}`;
}

// A page that holds its pictures has no addresses for them: its HTML names the files that it saves.
const addressOf = (shot, picture) => (isInline(picture.url) ? encodeURI(fileName(shot, picture)) : picture.url);

const quote = (text) =>
  `"${String(text).replace(/[&<>"]/g, (mark) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[mark])}"`;

function tag(name, attributes) {
  return `<${[name, ...Object.entries(attributes).map(([key, value]) => `${key}=${quote(value)}`)].join(" ")}>`;
}

// The same size in the format that any reader shows.
function plainest(all, picture) {
  const same = all.filter(({ size }) => size === picture.size);
  return same.sort((a, b) => FOR_ALL.indexOf(a.format) - FOR_ALL.indexOf(b.format))[0];
}

function sourceSet(shot, all, main, wanted) {
  const shape = main.width / main.height;
  const kin = all.filter(({ format, width, height }) =>
    format === wanted && Math.abs(width / height / shape - 1) <= 0.01);
  // A set may name a width once only; of two that share one, the size that was asked for stays.
  const widths = new Map(kin.map((each) => [each.width, each]));
  for (const each of kin) if (each.size === main.size) widths.set(each.width, each);
  const sorted = [...widths.values()].sort((a, b) => a.width - b.width);
  if (sorted.length < 2) return sorted.map((each) => addressOf(shot, each)).join("");
  return sorted.map((each) => `${addressOf(shot, each)} ${each.width}w`).join(", ");
}

function imageHtml(shot, picture) {
  const all = picturesOf(shot);
  const main = plainest(all, picture);
  const sizes = (set) => (set.endsWith("w") ? { sizes: `(min-width: ${main.width}px) ${main.width}px, 100vw` } : {});
  const own = sourceSet(shot, all, main, main.format);
  const image = tag("img", {
    src: addressOf(shot, main),
    width: main.width,
    height: main.height,
    alt: titleOf(shot),
    ...(own.endsWith("w") ? { srcset: own, ...sizes(own) } : {}),
  });
  const sources = BETTER.slice(0, BETTER.includes(main.format) ? BETTER.indexOf(main.format) : undefined)
    .map((format) => [format, sourceSet(shot, all, main, format)])
    .filter(([, set]) => set)
    .map(([format, set]) => `  ${tag("source", { type: `image/${format}`, srcset: set, ...sizes(set) })}\n`);
  return sources.length ? `<picture>\n${sources.join("")}  ${image}\n</picture>` : image;
}

function ogTags(shot, picture) {
  const main = plainest(picturesOf(shot), picture);
  const meta = (property, content) => tag("meta", { property, content });
  return [
    meta("og:image", addressOf(shot, main)),
    meta("og:image:width", main.width),
    meta("og:image:height", main.height),
    meta("og:image:alt", titleOf(shot)),
    tag("meta", { name: "twitter:card", content: main.width >= 1.5 * main.height ? "summary_large_image" : "summary" }),
  ].join("\n");
}

// What whoever pastes an address has to know of it; nothing of one that stays and that everybody can open.
function warning(url) {
  if (isInline(url)) return "The addresses are the names that the files are saved under: put your site's before them.";
  const { protocol, hostname, searchParams } = new URL(url);
  if (protocol === "file:" || /^(localhost|127\.[\d.]+|\[::1\])$/.test(hostname)) {
    return "The addresses lead to this computer: nobody else can open them.";
  }
  const signed = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(searchParams.get("X-Amz-Date") ?? "");
  if (!signed) return "";
  const [, year, month, ...rest] = signed.map(Number);
  const end = new Date(Date.UTC(year, month - 1, ...rest) + 1000 * Number(searchParams.get("X-Amz-Expires")));
  const day = end.toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
  return `The addresses are signed and die on ${day} at the latest: save the pictures to your own site.`;
}

async function copy(text, button) {
  let done = true;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Pages served over plain HTTP have no clipboard object; the old command still works there.
    const field = make("textarea", { value: text });
    (button.closest("dialog") ?? document.body).append(field);
    field.select();
    done = document.execCommand("copy");
    field.remove();
    button.focus({ preventScroll: true });
  }
  return done ? "Copied." : "The browser did not let this page copy.";
}

// Browsers save a link's target only when it is of the page's own origin, which no two files are.
const saves = (url) =>
  isInline(url) || (location.protocol !== "file:" && new URL(url).origin === location.origin);

function save(url, name) {
  // A link may have two million characters, a picture inside the page more.
  const inside = isInline(url) ? URL.createObjectURL(unpack(url)) : "";
  make("a", { href: inside || url, download: name }).click();
  if (inside) setTimeout(() => URL.revokeObjectURL(inside), 60_000);
}

function unpack(url) {
  const [head, data] = url.split(",", 2);
  return new Blob([Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0))], { type: head.slice(5).split(";")[0] });
}

// Saves pictures, each a pair of shot and picture, one after another, as long as `goes` says after each that it goes on.
async function saveAll(pairs, goes = () => true) {
  let begun = 0;
  for (const [shot, picture] of pairs) {
    save(picture.url, fileName(shot, picture));
    begun += 1;
    if (!goes(begun)) break;
    if (begun < pairs.length) await new Promise((resolve) => { setTimeout(resolve, PAUSE); });
  }
  return begun;
}
