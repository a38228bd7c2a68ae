"""Which requests an S3 server sees for one picture, counted on the wire."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from benchmarks import stores
from benchmarks.figures import Figure, Scale
from benchmarks.fixed import FixedProvider
from imagegen.making import leaf as pipeline
from imagegen.making.leaf import LookedUp
from imagegen.making.runtime import Runtime
from imagegen.request.batch import Leaf
from imagegen.settings import from_environment
from tests.doubles.fault_proxy import FaultProxy, fault_proxy

LIMIT_FRESH, LIMIT_REUSED, LIMIT_COMPOSED_ANEW = 6, 1, 5


class _Runtime(Runtime):
    def provider(self, name: str) -> FixedProvider:  # noqa: ARG002 - one stands for all
        return FixedProvider(0.0)


def measure(_: Scale) -> Iterator[Figure]:
    """Fresh, reused and composed anew; as a batch starts a leaf, which has looked it up, and started alone."""
    with _counted() as (make, count):
        make("to make the bucket", "bottom-bar", "nothing")
        cases: tuple[tuple[str, str, str, LookedUp, int | None], ...] = (
            ("fresh, in a batch", "one", "bottom-bar", "nothing", LIMIT_FRESH),
            ("fresh, alone", "two", "bottom-bar", "", None),
            ("reused, alone", "one", "bottom-bar", "", LIMIT_REUSED),
            ("composed anew, in a batch", "one", "left-panel", "original", LIMIT_COMPOSED_ANEW),
            ("composed anew, alone", "two", "left-panel", "", LIMIT_COMPOSED_ANEW),
        )
        for name, prompt, template, looked_up, limit in cases:
            before = count()
            make(prompt, template, looked_up)
            kinds = count() - before
            shown = ", ".join(f"{kind} {number}" for kind, number in sorted(kinds.items()))
            yield Figure(f"{name}: {shown}", kinds.total(), "requests", limit)


@contextmanager
def _counted() -> Iterator[tuple[Callable[[str, str, LookedUp], None], Callable[[], Counter[str]]]]:
    with stores.s3() as server, fault_proxy(server.endpoint) as proxy:
        variables = stores.variables(server) | {"MINIO_ENDPOINT": proxy.url}
        runtime = _Runtime(from_environment(variables))

        def make(prompt: str, template: str, looked_up: LookedUp) -> None:
            leaf = Leaf(prompt, "gpt-image-2", "neon", template, "inter", title=prompt)
            outcome = pipeline.make(leaf, runtime, looked_up=looked_up)
            if outcome.error:
                raise RuntimeError(outcome.error.message)

        yield make, lambda: _kinds(proxy)


def _kinds(proxy: FaultProxy) -> Counter[str]:
    """How often each kind of object was asked for, by method: ``/bucket/originals/…`` is of kind originals."""
    return Counter(
        f"{exchange.request.method} {exchange.request.path.split('/')[2]}"
        for exchange in proxy.exchanges
        if exchange.request.path.count("/") > 1
    )
