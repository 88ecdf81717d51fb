"""`like.megatron` beside Megatron-LM, commit d98e8a6, from golden values; tolerance 1e-12 of the highest value."""

import pytest
import torch
from golden_cases import Case, cases, compare

import pure_schedules as ps
from pure_schedules.like import megatron as like

CASES = cases("megatron")


def ours(case: Case) -> ps.Schedule:
    return getattr(like, case.name)(**case.arguments)


def wsd_overlaps(case: Case) -> bool:
    """Whether warmup and fall do not fit beside each other."""
    lengths = [case.arguments.get(name) for name in ("lr_decay_steps", "lr_warmup_steps", "wsd_decay_steps")]
    return None not in lengths and lengths[0] < lengths[1] + lengths[2]


def falls_at_once(case: Case) -> bool:
    return case.arguments.get("wsd_decay_steps") == 0


@pytest.mark.parametrize("case", [c for c in CASES if not (c.error or wsd_overlaps(c) or falls_at_once(c))], ids=str)
def test_every_update(case: Case) -> None:
    compare(ours(case), case.rates)
    assert ps.parse(repr(ours(case))) == ours(case)


@pytest.mark.parametrize("case", [c for c in CASES if c.error == "AssertionError" and c.name == "get_lr"], ids=str)
def test_a_warmup_as_long_as_the_whole_is_allowed(case: Case) -> None:
    assert case.numbers == []
    top, low = case.arguments["max_lr"], case.arguments["min_lr"]
    style = case.arguments["lr_decay_style"]
    assert [ours(case)(step) for step in range(3)] == {
        "constant": [0.0, top, top],
        "inverse-square-root": [0.0, top, low],
    }.get(style, [0.0, low, low])


@pytest.mark.parametrize("case", [c for c in CASES if wsd_overlaps(c)], ids=str)
def test_a_fall_that_begins_in_the_warmup_is_refused(case: Case) -> None:
    """The original jumps down into it after the warmup."""
    warm = case.arguments["lr_warmup_steps"]
    assert case.rates[warm] == 1.0
    assert case.rates[warm + 1] < 0.5
    with pytest.raises(ValueError, match=r"lr_decay_steps must be at least lr_warmup_steps \+ wsd_decay_steps"):
        ours(case)


@pytest.mark.parametrize("case", [c for c in CASES if falls_at_once(c)], ids=str)
def test_a_fall_of_no_steps_comes_one_update_earlier(case: Case) -> None:
    end = case.arguments["lr_decay_steps"]
    assert (case.rates[end], ours(case)(end)) == (1.0, 0.0)
    compare(ours(case), case.rates[:end])
    compare(ours(case), case.rates[end + 1 :], first=end + 1)


@pytest.mark.parametrize("case", [c for c in CASES if c.error and c.name == "get_wd"], ids=str)
def test_weight_decay_where_the_original_stops(case: Case) -> None:
    assert case.rates == [{"constant": "AssertionError"}.get(case.arguments["wd_incr_style"], "ZeroDivisionError")]
    assert [ours(case)(step) for step in (0, 1, 50)] == [case.arguments["end_wd"]] * 3


def test_the_fall_of_wsd_needs_a_length() -> None:
    with pytest.raises(ValueError, match="wsd_decay_steps is missing"):
        like.get_lr(max_lr=1.0, lr_decay_steps=10, lr_decay_style="WSD")


@pytest.mark.parametrize(
    ("schedule", "message"),
    [
        ("768", "pairs"),
        ("0 : 768", "pairs"),
        ("5:768", "begin at 0"),
        ("", "begin at 0"),
        ("0:1 0:2", "other"),
        ("0:0", "sizes"),
    ],
)
def test_a_batch_size_schedule_that_cannot_be_read(schedule: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        like.step_batch_size_schedule(schedule=schedule)


@pytest.mark.parametrize(("unit", "number"), [("", 1), ("K", 10**3), ("m", 10**6), ("B", 10**9), ("T", 10**12)])
def test_the_units_of_a_batch_size_schedule(unit: str, number: int) -> None:
    size = like.step_batch_size_schedule(schedule=f"0:1{unit} 3{unit}:2{unit}")
    assert [size(step) for step in (0, 2, 3)] == [number, number, 2 * number]


def test_thresholds_in_tokens_are_rounded_down_to_whole_samples() -> None:
    """As in the original, which divides the 10 tokens by 4 to a whole number."""
    size = like.step_batch_size_schedule(schedule="0:1 10:2", seq_length=4)
    assert [size(step) for step in (0, 1, 2)] == [1, 1, 2]


def test_a_rate_on_the_clock_of_a_batch_size_ramp() -> None:
    """Lengths in samples: the rate of an update is that of the samples which the updates before it took."""
    ramp = like.step_batch_size_schedule(schedule="0:50 1K:100 3K:200")
    samples = ps.consumed(sizes=[50, 100, 200], boundaries=[20, 40])
    in_samples = like.get_lr(max_lr=1.0, lr_warmup_steps=2000, lr_decay_steps=9000, lr_decay_style="cosine")
    rate = ps.on_clock(in_samples, samples)
    taken = 0.0
    for step in range(100):
        assert samples(step) == taken
        assert rate(step) == in_samples(taken)
        taken += ramp(step)


def test_the_rates_may_be_tensors() -> None:
    steps = torch.arange(30)
    arguments = {"lr_warmup_steps": 4, "lr_decay_steps": 20, "lr_decay_style": "WSD", "wsd_decay_steps": 6}
    both = like.get_lr(**arguments, max_lr=torch.tensor([1e-3, 3e-4], dtype=torch.float64)[:, None])(steps)
    for lr, curve in zip((1e-3, 3e-4), both, strict=True):
        torch.testing.assert_close(curve, like.get_lr(**arguments, max_lr=lr)(steps), rtol=1e-12, atol=0)
