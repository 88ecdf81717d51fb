"""What the laws draw at random: schedules and compositions of them, and steps, by the strategies that users have too."""

from hypothesis import strategies as st

import pure_schedules as ps
from pure_schedules.testing import strategies

# What rounds or multiplies magnifies a rounding of its child: two ways to compute the same may then differ by a whole stair.
MAGNIFYING = {ps.round_to, ps.round_down, ps.running_product, ps.radam_warmup, ps.raise_to, ps.chain, ps.branch}

factors = strategies.factors

#: Schedules nested up to two deep.
compositions = strategies.schedules(*(factory for factory in strategies.FACTORIES if factory not in MAGNIFYING), depth=2)

#: The same with every schedule there is among them, for what holds of each composition by itself.
all_compositions = strategies.schedules(depth=2)

#: Steps near everything above, as integers and as fractions, and a few far away.
steps = st.one_of(st.integers(0, 130), st.floats(0.0, 130.0, allow_subnormal=False), st.sampled_from([10**6, 10**9]))
