"""How many examples a property is tried on."""

import os

from hypothesis import HealthCheck, Phase, settings

# A build takes seconds; more examples where somebody has the time.
EXAMPLES = int(os.environ.get("OFFPATH_EXAMPLES", "2"))

some_examples = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="OFFPATH_EXAMPLES" not in os.environ,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
