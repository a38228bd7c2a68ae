"""From a pair to what is asked of whom, under which hashes, and what it is likely to cost.

Nothing here touches a network, a store or an SDK.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from imagegen import providers
from imagegen.errors import ConfigurationError
from imagegen.overlay.brands.brand import Brand
from imagegen.overlay.compose import renderer
from imagegen.overlay.design import THEMES
from imagegen.overlay.text.engine import require_shaping
from imagegen.pictures import build_output, find_least_side, load_brand
from imagegen.providers import PictureRequest
from imagegen.request import catalog
from imagegen.request.batch import Leaf, canonical
from imagegen.request.fields import DEFAULT_FORMATS, DEFAULT_SIZES
from imagegen.request.prompts import picture_prompt
from imagegen.settings import Settings


@dataclass(frozen=True, slots=True)
class Planned:
    """A pair, ready to be made.

    ``served_by`` is the model that answers (the successor when the one asked for is retired); ``request_hash``
    names what is paid for, ``leaf_hash`` the finished pictures; ``price_usd`` is the list price (None: unknown).
    ``brand`` is the one that the pair names.
    """

    leaf: Leaf
    provider: str
    served_by: str
    request: PictureRequest
    request_hash: str
    leaf_hash: str
    price_usd: float | None
    brand: Brand | None = None

    @property
    def least_side(self) -> int:
        """The pixels that its decoded original keeps on each side, as far as it has them."""
        return find_least_side(build_output(self.leaf))


def plan(leaf: Leaf, settings: Settings) -> Planned:
    """Work out everything about a valid pair that can be known without asking anyone.

    Raises RequestError when its brand cannot be read, ConfigurationError for a model that nobody knows and where titles
    cannot be shaped although they have to be.
    """
    if settings.require_shaping:
        require_shaping()
    asked = catalog.find(leaf.model)
    if asked is None:
        raise ConfigurationError(f"{leaf.model!r} is not a known model")
    model = catalog.find_serving(asked)
    provider = "offline" if leaf.offline else model.provider
    options = {"style": leaf.style} if leaf.offline else catalog.build_options(model, settings)
    text = picture_prompt(leaf.prompt, style=leaf.style, context=leaf.context, extra_prompt=leaf.extra_prompt)
    request = PictureRequest(model.id, text, model.size, options, leaf.variant)
    endpoint = "" if leaf.offline else providers.endpoint(provider, settings)
    request_hash = _request_hash(provider, request, endpoint)
    brand = load_brand(leaf.brand, settings.brands)
    return Planned(
        leaf=leaf,
        provider=provider,
        served_by=model.id,
        request=request,
        request_hash=request_hash,
        leaf_hash=_leaf_hash(request_hash, leaf, brand),
        price_usd=0.0 if leaf.offline else catalog.find_price(model, options),
        brand=brand,
    )


ADVICE = "Set it, or add --offline to paint stand-in pictures without any key."
"""Help for somebody without a key, where pictures of any kind can be made."""


def require_keys(planned: Iterable[Planned], settings: Settings, advice: str = ADVICE) -> None:
    """Raise ConfigurationError that names every key the pairs need and the environment lacks, with an ``advice``."""
    missing: dict[str, str] = {}
    for provider, model in {item.provider: item.leaf.model for item in planned if not item.leaf.offline}.items():
        if variable := providers.find_missing_key(provider, settings):
            missing[variable] = model
    if missing:
        needs = "; ".join(f"{variable} is not set, and {model!r} needs it" for variable, model in missing.items())
        raise ConfigurationError(f"{needs}. {advice}")


def _request_hash(provider: str, request: PictureRequest, endpoint: str) -> str:
    """Hash what is paid for. An endpoint other than the provider's own is part of it: it may be a test's."""
    paid_for: dict[str, object] = {
        "provider": provider,
        "model": request.model,
        "prompt": request.prompt,
        "size": list(request.size),
        "options": dict(request.options),
        "variant": request.variant,
    }
    return _sha256(paid_for | ({"endpoint": endpoint} if endpoint else {}))


def _leaf_hash(request_hash: str, leaf: Leaf, brand: Brand | None) -> str:
    """Hash all that decides the finished pictures.

    What came later than the first version is part of it only where it is not at its default, so that pictures of
    before keep their names.
    """
    decisive = {
        "request": request_hash,
        "title": leaf.title,
        "template": leaf.template,
        "font": leaf.font,
        "renderer": renderer(),
    }
    later = {name: getattr(leaf, name) for name in _LATER if getattr(leaf, name) != _LATER[name]}
    if brand:
        later["brand"] = brand.digest
    elif later.get("theme") == THEMES[0]:
        del later["theme"]  # without a brand it is the default
    return _sha256(decisive | later)


_LATER = {
    "focus": "",
    "theme": "",
    "kicker": "",
    "subtitle": "",
    "byline": "",
    "highlight": "",
    "sizes": DEFAULT_SIZES,
    "scale": 1,
    "format": DEFAULT_FORMATS,
    "language": "",
}
"""The values of later versions that decide the finished pictures, with their defaults."""


def _sha256(value: object) -> str:
    return hashlib.sha256(canonical(value)).hexdigest()
