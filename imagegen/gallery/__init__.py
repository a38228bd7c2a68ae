"""The gallery: one batch's matrix of pictures, or an overview of all batches, each as one self-contained page."""

from imagegen.gallery.overview import render_index
from imagegen.gallery.page import render
from imagegen.gallery.page_links import from_page

__all__ = ["from_page", "render", "render_index"]
