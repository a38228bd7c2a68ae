"""The requests that an S3 server sees for one picture, counted on the wire."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from benchmarks import stores
from benchmarks.figures import Figure, Scale
from benchmarks.fixed import FixedProvider
from imagegen.making import leaf as pipeline
from imagegen.making.leaf import Grant
from imagegen.making.runtime import Runtime
from imagegen.request.batch import Leaf
from imagegen.settings import from_environment
from tests.doubles.fault_proxy import FaultProxy, fault_proxy

LIMIT_FRESH, LIMIT_REUSED, LIMIT_COMPOSED_ANEW = 6, 3, 5
LIMIT_COMPOSED_ALONE = LIMIT_COMPOSED_ANEW


class _Runtime(Runtime):
    def provider(self, name: str) -> FixedProvider:  # noqa: ARG002 - one stands for all
        return FixedProvider(0.0)


def measure(_: Scale) -> Iterator[Figure]:
    """Fresh, reused and composed anew; as a batch starts a leaf, which has looked it up, and started alone."""
    fresh = Grant("nothing")
    with _counted() as (make, count):
        make("to make the bucket", "bottom-bar", fresh)
        cases: tuple[tuple[str, str, str, Grant | None, int | None], ...] = (
            ("fresh, in a batch", "one", "bottom-bar", fresh, LIMIT_FRESH),
            ("fresh, alone", "two", "bottom-bar", None, None),
            ("reused, alone", "one", "bottom-bar", None, LIMIT_REUSED),
            ("composed anew, in a batch", "one", "left-panel", Grant("original"), LIMIT_COMPOSED_ANEW),
            ("composed anew, alone", "two", "left-panel", None, LIMIT_COMPOSED_ALONE),
        )
        for name, prompt, template, grant, limit in cases:
            before = count()
            make(prompt, template, grant)
            kinds = count() - before
            shown = ", ".join(f"{kind} {number}" for kind, number in sorted(kinds.items()))
            yield Figure(f"{name}: {shown}", kinds.total(), "requests", limit)


@contextmanager
def _counted() -> Iterator[tuple[Callable[[str, str, Grant | None], None], Callable[[], Counter[str]]]]:
    with stores.s3() as server, fault_proxy(server.endpoint) as proxy:
        variables = stores.variables(server) | {"MINIO_ENDPOINT": proxy.url}
        runtime = _Runtime(from_environment(variables))

        def make(prompt: str, template: str, grant: Grant | None) -> None:
            leaf = Leaf(prompt, "gpt-image-2", "neon", template, "inter", title=prompt)
            outcome = pipeline.make(leaf, runtime, grant=grant)
            if outcome.error:
                raise RuntimeError(outcome.error.message)

        yield make, lambda: _kinds(proxy)


def _kinds(proxy: FaultProxy) -> Counter[str]:
    """Count the requests for each kind of object, by method: ``/bucket/originals/…`` is of kind originals."""
    return Counter(
        f"{exchange.request.method} {exchange.request.path.split('/')[2]}"
        for exchange in proxy.exchanges
        if exchange.request.path.count("/") > 1
    )
