"""Small sites in the shape of each generator's usual starter, and what a cover changes in one of their posts."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Starter:
    """A site's files by name, its folder of posts, and for each post that gets a cover: its picture and its diff."""

    generator: str
    files: dict[str, str]
    content: str
    covers: dict[str, tuple[str, str]]
    left: tuple[str, ...] = field(default=())

    def write(self, root: Path) -> Path:
        for name, text in self.files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
        return root


HUGO = Starter(
    "hugo",
    {
        "hugo.yaml": "baseURL: https://example.org/\ntheme: PaperMod\n",
        "content/posts/_index.md": "---\ntitle: Posts\n---\n",
        "content/posts/first.md": (
            "---\n# keep me\ntitle:   'It''s slow'   # two blanks\ndate: 2026-01-05\ntags:\n- a\n- b\n"
            "summary: |\n  Two lines\n  of text\n---\n\n# Not the title\n"
        ),
        "content/posts/bundle/index.md": '+++\ntitle = "A bundle"\nauthor = "A"\n[cover]\ncaption = ""  # keep\n+++\n',
        "content/posts/draft.md": "---\ntitle: Later\ndraft: true\n---\n",
        "content/posts/own.md": "---\ntitle: Own\nimages: [mine.jpg]\n---\n",
    },
    "content/posts",
    {
        "content/posts/first.md": (
            "static/images/covers/first.jpg",
            '+cover:\n+  image: images/covers/first.jpg\n+  alt: "It\'s slow"\n+  width: 1200\n+  height: 630\n',
        ),
        "content/posts/bundle/index.md": (
            "content/posts/bundle/bundle.jpg",
            '+image = "bundle.jpg"\n+alt = "A bundle"\n+width = 1200\n+height = 630\n+relative = true\n',
        ),
    },
    ("content/posts/draft.md", "content/posts/own.md"),
)
JEKYLL = Starter(
    "jekyll",
    {
        "_config.yml": "title: Blog\nplugins: [jekyll-seo-tag]\n",
        "_posts/2026-01-05-welcome.md": "---\nlayout: post\ntitle:  Welcome!\ndate:   2026-01-05 10:00\n---\nHi\n",
        "_drafts/soon.md": "---\ntitle: Soon\n---\n",
    },
    "_posts",
    {
        "_posts/2026-01-05-welcome.md": (
            "assets/images/covers/welcome.jpg",
            '+image:\n+  path: /assets/images/covers/welcome.jpg\n+  alt: "Welcome!"\n+  width: 1200\n+  height: 630\n',
        )
    },
)
ASTRO = Starter(
    "astro",
    {
        "astro.config.mjs": "export default {};\n",
        "src/content/blog/first-post.mdx": (
            "---\ntitle: 'First post'\ndescription: 'Lorem'\npubDate: 'Jul 08 2026'\nheroImage: ''\n---\nimport X\n"
        ),
    },
    "src/content/blog",
    {
        "src/content/blog/first-post.mdx": (
            "src/assets/covers/first-post.jpg",
            (
                "-heroImage: ''\n+heroImage: '../../assets/covers/first-post.jpg'\n"
                '+heroImageAlt: "First post"\n+heroImageWidth: 1200\n+heroImageHeight: 630\n'
            ),
        )
    },
)
ELEVENTY = Starter(
    "eleventy",
    {
        "eleventy.config.js": "export default function () {}\n",
        "content/blog/firstpost.md": "---\ntitle: My first post\ndate: 2026-05-01\ntags: second tag\n---\nHi\n",
    },
    "content/blog",
    {
        "content/blog/firstpost.md": (
            "public/img/covers/firstpost.jpg",
            '+image: /img/covers/firstpost.jpg\n+imageAlt: "My first post"\n+imageWidth: 1200\n+imageHeight: 630\n',
        )
    },
)
DOCUSAURUS = Starter(
    "docusaurus",
    {
        "docusaurus.config.ts": "export default {};\n",
        "blog/2026-05-28-first-post.md": (
            "---\nslug: first-post\ntitle: First Post\nauthors: [slorber, yangshun]\n---\n\nLorem\n"
        ),
        "blog/2026-08-26-welcome/index.md": "---\nauthors:\n  - name: Ann\n---\n\n# Welcome {#top}\n",
    },
    "blog",
    {
        "blog/2026-05-28-first-post.md": (
            "static/img/covers/first-post.jpg",
            '+image: /img/covers/first-post.jpg\n+image_alt: "First Post"\n+image_width: 1200\n+image_height: 630\n',
        ),
        "blog/2026-08-26-welcome/index.md": (
            "blog/2026-08-26-welcome/welcome.jpg",
            '+image: ./welcome.jpg\n+image_alt: "Welcome"\n+image_width: 1200\n+image_height: 630\n',
        ),
    },
)
MKDOCS = Starter(
    "mkdocs",
    {
        "mkdocs.yml": "site_name: Docs\ntheme: {name: material}\nplugins: [blog]\n",
        "docs/index.md": "# Home\n",
        "docs/blog/posts/hi.md": (
            "---\ndate:\n  created: 2026-01-05\nauthors: [squidfunk]\n---\n```sh\n# no heading\n```\n\n# Hello world\n"
        ),
    },
    "docs/blog/posts",
    {
        "docs/blog/posts/hi.md": (
            "docs/assets/images/covers/hi.jpg",
            '+image: assets/images/covers/hi.jpg\n+image_alt: "Hello world"\n+image_width: 1200\n+image_height: 630\n',
        )
    },
)
STARTERS = (HUGO, JEKYLL, ASTRO, ELEVENTY, DOCUSAURUS, MKDOCS)
