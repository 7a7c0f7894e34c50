"""How far the searches look: a little way in the gate, and far in `make test-deep`.

The gate takes the same examples on every run, the deep profile others each time.
"""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings

for profile, is_the_same in (("gate", True), ("deep", False)):
    settings.register_profile(
        profile,
        derandomize=is_the_same,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
settings.load_profile("gate")


def is_deep() -> bool:
    """Return whether this is `make test-deep`; true only once pytest is set up."""
    return settings.get_current_profile_name() == "deep"


def search(*, gate: int, deep: int) -> Callable[..., Any]:
    """Try a property on so many examples; on none but those it names where that is 0."""
    count = deep if is_deep() else gate
    phases = [Phase.explicit]
    if count:
        phases += [Phase.reuse, Phase.generate]
    # Where an example takes minutes, a failing one is not made smaller.
    if count >= 100:
        phases.append(Phase.shrink)
    tried = settings(max_examples=max(count, 1), phases=phases)
    return lambda test: pytest.mark.search(tried(test))
