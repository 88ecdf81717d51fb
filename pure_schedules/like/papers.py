"""The schedules of papers, under the names that people use and with the numbers of the paper as defaults.

Clock: update 0 is the first. Where a paper counts updates from 1, its update n is update n - 1 here, and the function
says so; where it counts tokens, so does its schedule: `on_clock` converts updates to tokens. Values that a paper leaves
open, such as the length of the run, have no default. Values are absolute rates.
"""

import math
from collections.abc import Sequence

from pure_schedules import changes, clocks, combinators, decays, knots, recipes, shapes, spaces
from pure_schedules._schedule import Schedule, value_at
from pure_schedules.checks import at_least, below_one, fraction, increasing, non_negative, positive, whole
from pure_schedules.numeric import Value, cos, floor, raised, sqrt

from ._peer import peer

__all__ = [
    "adafactor_beta2",
    "adafactor_relative_step",
    "ademamix_alpha",
    "ademamix_beta3",
    "bert",
    "budgeted_linear",
    "byol_momentum",
    "clr_exp_range",
    "clr_triangular",
    "clr_triangular2",
    "d2z",
    "deepseek_multi_step",
    "eden",
    "edm2",
    "ema_inverse_gamma",
    "exp_hyperbolic_lr",
    "fixmatch",
    "gpt3",
    "htd",
    "hyperbolic_lr",
    "imagenet_in_one_hour",
    "infinite_cosine",
    "infinite_inverse_sqrt",
    "k_decay",
    "knee",
    "llama",
    "minicpm_wsd",
    "muon_momentum",
    "power_scheduler",
    "relora",
    "rex",
    "scaling_vit",
    "sgdr",
    "snapshot_ensembles",
    "super_convergence",
    "swa_cyclical",
    "t5",
    "transformer",
    "trapezoid",
    "ulmfit",
    "untuned_linear",
    "wav2vec2",
    "wsd_1_sqrt",
    "wsd_s",
]


# Warmup and decay ----------------------------------------------------------------------------------------------------


@peer(d_model=positive, warmup_steps=non_negative)
def transformer(*, d_model: Value = 512, warmup_steps: Value = 4000) -> Schedule:
    """The schedule of the Transformer, called Noam: a linear warmup, then one over the square root of the step.

        noam(d_model, warmup_steps)

    The paper counts updates from 1.

    Args:
        d_model: width of the model, positive [1].
        warmup_steps: length of the warmup, not negative [steps].

    Raises:
        ValueError: `d_model` is not positive, or `warmup_steps` is negative.

    Example:
        >>> from pure_schedules.like.papers import transformer
        >>> lr = transformer(d_model=64, warmup_steps=4)
        >>> lr(0), lr(3), lr(15)
        (0.015625, 0.0625, 0.03125)

    Source: Vaswani et al. 2017, Attention Is All You Need, section 5.3, eq. 3, https://arxiv.org/abs/1706.03762.
    """
    return decays.noam(d_model=d_model, warmup_steps=warmup_steps)


@peer(warmup_steps=non_negative, total_steps=non_negative & at_least("warmup_steps"))
def bert(*, peak: Value = 1e-4, warmup_steps: Value = 10_000, total_steps: Value = 1_000_000) -> Schedule:
    """A linear warmup over the first 10,000 updates, then a linear decay to 0 at the last.

        warmup_linear(peak, warmup_steps, total_steps)

    Args:
        peak: value at `warmup_steps` [lr].
        warmup_steps: length of the warmup, not negative [steps].
        total_steps: length of the run, warmup included [steps].

    Raises:
        ValueError: `warmup_steps` is negative, or longer than `total_steps`.

    Example:
        >>> from pure_schedules.like.papers import bert
        >>> lr = bert()
        >>> [lr(step) for step in (0, 5_000, 10_000, 505_000, 1_000_000)]
        [0.0, 5e-05, 0.0001, 5e-05, 0.0]

    Source: Devlin et al. 2019, BERT, appendix A.2, https://arxiv.org/abs/1810.04805.
    """
    return recipes.warmup_linear(peak=peak, warmup_steps=warmup_steps, total_steps=total_steps)


@peer(warmup_tokens=non_negative, decay_tokens=non_negative & at_least("warmup_tokens"), floor_fraction=fraction)
def gpt3(
    *, peak: Value = 6e-5, warmup_tokens: Value = 375e6, decay_tokens: Value = 260e9, floor_fraction: Value = 0.1
) -> Schedule:
    """A linear warmup over 375 million tokens, then half a cosine wave to a tenth of the peak at 260 billion.

        warmup_cosine(peak, warmup_tokens, decay_tokens, floor=floor_fraction * peak)

    Its clock counts tokens. The batch of the paper grows, so write ``on_clock(gpt3(), consumed(...))``.

    Args:
        peak: value at `warmup_tokens`; 6e-5 is for the model with 175 billion parameters [lr].
        warmup_tokens: length of the warmup, not negative [tokens].
        decay_tokens: end of the wave, warmup included [tokens].
        floor_fraction: value from `decay_tokens` on, as a part of the peak [1].

    Raises:
        ValueError: `warmup_tokens` is negative, or more than `decay_tokens`.

    Example:
        >>> from pure_schedules.like.papers import gpt3
        >>> lr = gpt3(peak=1.0, warmup_tokens=10e9, decay_tokens=210e9)
        >>> [round(lr(tokens), 9) for tokens in (0, 5e9, 10e9, 110e9, 210e9, 300e9)]
        [0.0, 0.5, 1.0, 0.55, 0.1, 0.1]

    Source: Brown et al. 2020, Language Models are Few-Shot Learners, appendix B and table 2.1,
    https://arxiv.org/abs/2005.14165.
    """
    return recipes.warmup_cosine(
        peak=peak, warmup_steps=warmup_tokens, total_steps=decay_tokens, floor=floor_fraction * peak
    )


@peer(warmup_steps=non_negative, total_steps=non_negative & at_least("warmup_steps"), floor_fraction=fraction)
def llama(*, peak: Value = 3e-4, warmup_steps: Value = 2000, total_steps: Value, floor_fraction: Value = 0.1) -> Schedule:
    """A linear warmup over 2,000 updates, then half a cosine wave to a tenth of the peak.

        warmup_cosine(peak, warmup_steps, total_steps, floor=floor_fraction * peak)

    Args:
        peak: value at `warmup_steps`; 3e-4 for the two smaller models, 1.5e-4 for the two larger [lr].
        warmup_steps: length of the warmup, not negative [steps].
        total_steps: length of the run, warmup included [steps].
        floor_fraction: value from `total_steps` on, as a part of the peak [1].

    Raises:
        ValueError: `warmup_steps` is negative, or longer than `total_steps`.

    Example:
        >>> from pure_schedules.like.papers import llama
        >>> lr = llama(peak=1.0, total_steps=12_000)
        >>> [round(lr(step), 9) for step in (0, 1000, 2000, 7000, 12_000, 99_000)]
        [0.0, 0.5, 1.0, 0.55, 0.1, 0.1]

    Source: Touvron et al. 2023, LLaMA, section 2.3 and table 2, https://arxiv.org/abs/2302.13971.
    """
    return recipes.warmup_cosine(peak=peak, warmup_steps=warmup_steps, total_steps=total_steps, floor=floor_fraction * peak)


@peer(batch_size=positive, steps_per_epoch=positive)
def imagenet_in_one_hour(*, batch_size: Value = 8192, steps_per_epoch: Value) -> Schedule:
    """A warmup from 0.1 to 0.1 * batch_size / 256 over 5 epochs, then a tenth at epochs 30, 60 and 80.

        switch([linear(0.1, peak, 5 * epoch), multi_step(peak, 0.1, [30 * epoch, 60 * epoch, 80 * epoch])],
               [5 * epoch]),    peak = 0.1 * batch_size / 256

    Args:
        batch_size: images in an update, positive; 256 needs no warmup [1].
        steps_per_epoch: updates in an epoch, positive; 1,281,167 / 8192 = 156 in the paper [steps].

    Raises:
        ValueError: `batch_size` or `steps_per_epoch` is not positive.

    Example:
        >>> from pure_schedules.like.papers import imagenet_in_one_hour
        >>> lr = imagenet_in_one_hour(batch_size=2560, steps_per_epoch=100)
        >>> [round(lr(step), 9) for step in (0, 250, 500, 2999, 3000, 6000, 8000)]
        [0.1, 0.55, 1.0, 1.0, 0.1, 0.01, 0.001]

    Source: Goyal et al. 2017, Accurate, Large Minibatch SGD, sections 2.2 and 5.1, https://arxiv.org/abs/1706.02677.
    """
    base = 0.1
    peak = base * batch_size / 256
    warmup_steps = 5 * steps_per_epoch
    return combinators.switch(
        [
            shapes.linear(start=base, end=peak, steps=warmup_steps),
            knots.multi_step(start=peak, factor=0.1, boundaries=[epoch * steps_per_epoch for epoch in (30, 60, 80)]),
        ],
        boundaries=[warmup_steps],
    )


@peer(warmup_steps=positive)
def t5(*, warmup_steps: Value = 10_000) -> Schedule:
    """One over the square root of the step, constant for the first `warmup_steps` steps.

        join([constant(k ** -0.5), inverse_sqrt(k ** -0.5, timescale=k)], [k]) = 1 / sqrt(max(t, k)),    k = warmup_steps

    Args:
        warmup_steps: length of the plateau, positive [steps].

    Raises:
        ValueError: `warmup_steps` is not positive.

    Example:
        >>> from pure_schedules.like.papers import t5
        >>> lr = t5()
        >>> [round(lr(step), 9) for step in (0, 10_000, 40_000, 1_000_000)]
        [0.01, 0.01, 0.005, 0.001]

    Source: Raffel et al. 2020, Exploring the Limits of Transfer Learning (T5), section 3.1.2,
    https://arxiv.org/abs/1910.10683.
    """
    peak = warmup_steps**-0.5
    return combinators.join(
        [shapes.constant(value=peak), decays.inverse_sqrt(peak=peak, timescale=warmup_steps)], boundaries=[warmup_steps]
    )


@peer(
    warmup_steps=non_negative,
    cooldown_steps=non_negative,
    total_steps=non_negative & at_least("warmup_steps + cooldown_steps"),
    timescale=positive,
)
def scaling_vit(
    *,
    peak: Value,
    warmup_steps: Value = 10_000,
    cooldown_steps: Value = 50_000,
    total_steps: Value,
    timescale: Value = 10_000,
) -> Schedule:
    """A linear warmup, then one over the square root of the step, multiplied at the end by a line down to 0.

        multiply([join([linear(0, peak, warmup_steps), inverse_sqrt(peak, timescale)]),
                  join([constant(1), linear(1, 0, cooldown_steps)], boundaries=[total_steps - cooldown_steps])])

    It is known as rsqrt with a cooldown. The paper gives the warmup and the cooldown; the timescale, and that the line
    multiplies the root, are from its authors' code, big_vision.

    Args:
        peak: value at `warmup_steps` [lr].
        warmup_steps: length of the warmup, not negative [steps].
        cooldown_steps: length of the line at the end, not negative [steps].
        total_steps: length of the run [steps].
        timescale: how long it stays near the peak, positive [steps].

    Raises:
        ValueError: a length is negative, or `timescale` not positive; warmup and cooldown together are longer than
            `total_steps`.

    Example:
        >>> from pure_schedules.like.papers import scaling_vit
        >>> lr = scaling_vit(peak=1.0, total_steps=90_000)
        >>> [round(lr(step), 3) for step in (5_000, 10_000, 40_000, 65_000, 90_000)]
        [0.5, 1.0, 0.5, 0.196, 0.0]

    Source: Zhai et al. 2022, Scaling Vision Transformers, section 3.5, https://arxiv.org/abs/2106.04560; big_vision, commit
    0127fb6, `create_learning_rate_schedule` in `big_vision/utils.py`.
    """
    rise = shapes.linear(start=0.0, end=peak, steps=warmup_steps)
    decay = decays.inverse_sqrt(peak=peak, timescale=timescale)
    line = combinators.join(
        [shapes.constant(value=1.0), shapes.linear(start=1.0, end=0.0, steps=cooldown_steps)],
        boundaries=[total_steps - cooldown_steps],
    )
    return combinators.multiply([combinators.join([rise, decay]), line])


@peer(timescale=positive, epochs=positive, steps_per_epoch=positive, warmup_steps=non_negative)
def eden(
    *,
    peak: Value = 0.045,
    timescale: Value = 7500,
    epochs: Value = 3.5,
    steps_per_epoch: Value,
    warmup_steps: Value = 500,
    start_fraction: Value = 0.5,
) -> Schedule:
    """A product of two decays: one over a root of the updates, and one over a root of the epochs.

        lr(t) = peak * (1 + (n / timescale) ** 2) ** -0.25 * (1 + (e / epochs) ** 2) ** -0.25
                     * (start_fraction + (1 - start_fraction) * min(n / warmup_steps, 1))
        with n = t + 1 and e = floor(t / steps_per_epoch)

    Updates count from 1, as in icefall, whose loop counts the batch before it reads the rate; epochs count from 0.

    Args:
        peak: the rate that both decays and the warmup multiply; 0.045 in the paper for LibriSpeech [lr].
        timescale: number of updates after which the decay sets in, positive [steps].
        epochs: number of epochs after which the second decay sets in, positive [1].
        steps_per_epoch: updates in an epoch, positive [steps].
        warmup_steps: length of the warmup, not negative [steps].
        start_fraction: start of the warmup, as a fraction of its end [1].

    Raises:
        ValueError: a length or `epochs` is not positive, or `warmup_steps` is negative.

    Example:
        >>> from pure_schedules.like.papers import eden
        >>> lr = eden(steps_per_epoch=2345, start_fraction=0.1)
        >>> [round(lr(step), 7) for step in (0, 499, 2344, 2345)]
        [0.004581, 0.0449501, 0.0439628, 0.043108]

    Source: Yao et al. 2024, Zipformer, section 3.6, https://arxiv.org/abs/2310.11230; `Eden` in the recipes of icefall.
    """

    def fall(over: Value) -> Schedule:
        curve = decays.inverse_decay(start=1.0, timescale=over * over, power=0.25)
        return clocks.on_clock(curve, combinators.raise_to(knots.consumed(sizes=[1], boundaries=[]), power=2))

    rise = shapes.linear(start=start_fraction, end=1.0, steps=warmup_steps)
    by_update = combinators.scale(clocks.count_from_one(combinators.multiply([fall(timescale), rise])), factor=peak)
    by_epoch = clocks.staircase(clocks.stretch(fall(epochs), factor=steps_per_epoch), every=steps_per_epoch)
    return combinators.multiply([by_update, by_epoch])


@peer(warmup_steps=non_negative, total_steps=non_negative & at_least("warmup_steps"))
def deepseek_multi_step(*, peak: Value = 4.2e-4, warmup_steps: Value = 2000, total_steps: Value) -> Schedule:
    """A linear warmup over 2,000 updates, then the peak, 31.6 % of it after 80 % of the run, 10 % after 90 %.

        switch([linear(0, peak, warmup_steps),
                piecewise_constant([peak, 0.316 * peak, 0.1 * peak], [0.8 * total_steps, 0.9 * total_steps])],
               [warmup_steps])

    Args:
        peak: value at `warmup_steps`; 4.2e-4 for the model with 7 billion parameters, 3.2e-4 for that with 67 [lr].
        warmup_steps: length of the warmup, not negative [steps].
        total_steps: length of the run [steps].

    Raises:
        ValueError: `warmup_steps` is negative, or longer than `total_steps`.

    Example:
        >>> from pure_schedules.like.papers import deepseek_multi_step
        >>> lr = deepseek_multi_step(peak=1.0, total_steps=100_000)
        >>> [lr(step) for step in (1000, 2000, 79_999, 80_000, 90_000)]
        [0.5, 1.0, 1.0, 0.316, 0.1]

    Source: DeepSeek-AI 2024, DeepSeek LLM, section 2.3 and table 2, https://arxiv.org/abs/2401.02954.
    """
    stairs = knots.piecewise_constant(
        values=[peak, 0.316 * peak, 0.1 * peak], boundaries=[0.8 * total_steps, 0.9 * total_steps]
    )
    return combinators.switch([shapes.linear(start=0.0, end=peak, steps=warmup_steps), stairs], boundaries=[warmup_steps])


@peer(warmup_steps=non_negative, total_steps=non_negative & at_least("warmup_steps"))
def d2z(*, peak: Value, warmup_steps: Value, total_steps: Value) -> Schedule:
    """A linear warmup, then a linear decay to 0 (D2Z).

        warmup_linear(peak, warmup_steps, total_steps)

    Args:
        peak: value at `warmup_steps` [lr].
        warmup_steps: length of the warmup, not negative [steps].
        total_steps: length of the run, warmup included [steps].

    Raises:
        ValueError: `warmup_steps` is negative, or longer than `total_steps`.

    Example:
        >>> from pure_schedules.like.papers import d2z
        >>> lr = d2z(peak=1.0, warmup_steps=10, total_steps=110)
        >>> [lr(step) for step in (5, 10, 60, 110)]
        [0.5, 1.0, 0.5, 0.0]

    Source: Bergsma et al. 2025, Straight to Zero, https://arxiv.org/abs/2502.15938.
    """
    return recipes.warmup_linear(peak=peak, warmup_steps=warmup_steps, total_steps=total_steps)


@peer(total_steps=non_negative)
def budgeted_linear(*, peak: Value, total_steps: Value) -> Schedule:
    """A straight line from the peak to 0 over the budget.

        linear(peak, 0, total_steps)

    Args:
        peak: value at step 0 [lr].
        total_steps: the budget, not negative [steps].

    Raises:
        ValueError: `total_steps` is negative.

    Example:
        >>> from pure_schedules.like.papers import budgeted_linear
        >>> lr = budgeted_linear(peak=1.0, total_steps=100)
        >>> lr(25), lr(100)
        (0.75, 0.0)

    Source: Li et al. 2020, Budgeted Training, https://arxiv.org/abs/1905.04753.
    """
    return shapes.linear(start=peak, end=0.0, steps=total_steps)


@peer(total_steps=non_negative)
def wav2vec2(*, peak: Value, total_steps: Value) -> Schedule:
    """Tri-stage: a linear warmup over a tenth of the run, a plateau over four tenths, then a linear decay to 0.

        piecewise_linear([0, peak, peak, 0], [0.1 * total_steps, 0.5 * total_steps, total_steps])

    Args:
        peak: value on the plateau [lr].
        total_steps: length of the run, not negative [steps].

    Raises:
        ValueError: `total_steps` is negative.

    Example:
        >>> from pure_schedules.like.papers import wav2vec2
        >>> lr = wav2vec2(peak=1.0, total_steps=100)
        >>> [lr(step) for step in (5, 10, 50, 75, 100)]
        [0.5, 1.0, 1.0, 0.5, 0.0]

    Source: Baevski et al. 2020, wav2vec 2.0, section 4.3 (fine-tuning), https://arxiv.org/abs/2006.11477.
    """
    return knots.piecewise_linear(
        values=[0.0, peak, peak, 0.0], boundaries=[0.1 * total_steps, 0.5 * total_steps, total_steps]
    )


@peer(beta2=positive & below_one)
def untuned_linear(*, peak: Value, beta2: Value = 0.999) -> Schedule:
    """A linear warmup over 2 / (1 - beta2) updates, derived from Adam's second moment.

        count_from_one(linear(0, peak, 2 / (1 - beta2)))

    The paper counts updates from 1.

    Args:
        peak: value from the end of the warmup on [lr].
        beta2: decay factor of the second moment, between 0 and 1 [1].

    Raises:
        ValueError: `beta2` is not between 0 and 1.

    Example:
        >>> from pure_schedules.like.papers import untuned_linear
        >>> lr = untuned_linear(peak=1.0)
        >>> [round(lr(step), 9) for step in (0, 999, 1999, 5000)]
        [0.0005, 0.5, 1.0, 1.0]

    Source: Ma & Yarats 2021, On the Adequacy of Untuned Warmup for Adaptive Optimization, section 5,
    https://arxiv.org/abs/1910.04209.
    """
    return clocks.count_from_one(shapes.linear(start=0.0, end=peak, steps=2 / (1 - beta2)))


# A plateau and a decay -----------------------------------------------------------------------------------------------


@peer(
    warmup_steps=non_negative,
    decay_steps=non_negative,
    total_steps=non_negative & at_least("warmup_steps + decay_steps"),
)
def trapezoid(*, peak: Value, warmup_steps: Value, decay_steps: Value, total_steps: Value) -> Schedule:
    """A linear warmup, a plateau, and a linear decay to 0.

        warmup_stable_decay(peak, warmup_steps, decay_steps, total_steps)

    Args:
        peak: value on the plateau [lr].
        warmup_steps: length of the warmup, not negative [steps].
        decay_steps: length of the fall, not negative [steps].
        total_steps: length of the run [steps].

    Raises:
        ValueError: a length is negative, or warmup and decay together are longer than `total_steps`.

    Example:
        >>> from pure_schedules.like.papers import trapezoid
        >>> lr = trapezoid(peak=1.0, warmup_steps=10, decay_steps=20, total_steps=100)
        >>> [lr(step) for step in (5, 10, 80, 90, 100)]
        [0.5, 1.0, 1.0, 0.5, 0.0]

    Source: Xing et al. 2018, A Walk with SGD, https://arxiv.org/abs/1802.08770.
    """
    return recipes.warmup_stable_decay(
        peak=peak, warmup_steps=warmup_steps, decay_steps=decay_steps, total_steps=total_steps
    )


@peer(
    warmup_steps=non_negative,
    explore_steps=non_negative,
    total_steps=non_negative & at_least("warmup_steps + explore_steps"),
)
def knee(*, peak: Value, explore_steps: Value, total_steps: Value, warmup_steps: Value = 0) -> Schedule:
    """A warmup, the peak while the model explores, then a linear decay to 0.

        warmup_stable_decay(peak, warmup_steps, total_steps - warmup_steps - explore_steps, total_steps)

    Args:
        peak: value while it explores [lr].
        explore_steps: length at the peak, not negative; half of the run in the paper [steps].
        total_steps: length of the run [steps].
        warmup_steps: length of the warmup, not negative [steps].

    Raises:
        ValueError: a length is negative, or warmup and exploration together are longer than `total_steps`.

    Example:
        >>> from pure_schedules.like.papers import knee
        >>> lr = knee(peak=1.0, explore_steps=50, total_steps=100)
        >>> [lr(step) for step in (0, 50, 75, 100)]
        [1.0, 1.0, 0.5, 0.0]

    Source: Iyer et al. 2020, Wide-minima Density Hypothesis and the Explore-Exploit Learning Rate Schedule,
    https://arxiv.org/abs/2003.03977.
    """
    return recipes.warmup_stable_decay(
        peak=peak,
        warmup_steps=warmup_steps,
        decay_steps=total_steps - warmup_steps - explore_steps,
        total_steps=total_steps,
    )


@peer(warmup_steps=non_negative, decay_start=non_negative & at_least("warmup_steps"), half_life=positive)
def minicpm_wsd(*, peak: Value = 0.01, warmup_steps: Value, decay_start: Value, half_life: Value = 5000) -> Schedule:
    """A linear warmup, a plateau, then a decay that halves the rate every 5,000 updates.

        join([linear(0, peak, warmup_steps), constant(peak), exponential_decay(peak, 0.5, half_life)],
             [warmup_steps, decay_start])

    Args:
        peak: value on the plateau [lr].
        warmup_steps: length of the warmup, not negative; W in the paper [steps].
        decay_start: where the decay begins; T in the paper's eq. 1 and S in its section 6.2 [steps].
        half_life: the number of updates in which it halves, positive; T in its section 6.2 [steps].

    Differs:
        The paper prints the decay as ``0.5 ** ((s - S) / T)``, which is read as a half-life here.

    Raises:
        ValueError: `warmup_steps` is negative, or beyond `decay_start`; `half_life` is not positive.

    Example:
        >>> from pure_schedules.like.papers import minicpm_wsd
        >>> lr = minicpm_wsd(peak=1.0, warmup_steps=1000, decay_start=50_000)
        >>> [lr(step) for step in (500, 1000, 50_000, 55_000, 60_000)]
        [0.5, 1.0, 1.0, 0.5, 0.25]

    Source: Hu et al. 2024, MiniCPM, eq. 1 and section 6.2, https://arxiv.org/abs/2404.06395.
    """
    return combinators.join(
        [
            shapes.linear(start=0.0, end=peak, steps=warmup_steps),
            shapes.constant(value=peak),
            decays.exponential_decay(start=peak, rate=0.5, every=half_life),
        ],
        boundaries=[warmup_steps, decay_start],
    )


@peer(warmup_steps=non_negative, decay_fraction=fraction, total_steps=non_negative & at_least("warmup_steps"))
def wsd_1_sqrt(*, peak: Value, warmup_steps: Value = 300, total_steps: Value, decay_fraction: Value = 0.2) -> Schedule:
    """A linear warmup, a plateau, and over the last fifth of the run one minus the square root of its progress.

        warmup_stable_decay(peak, warmup_steps, decay_fraction * total_steps, total_steps, decay=one_minus_power)

    Args:
        peak: value on the plateau [lr].
        warmup_steps: length of the warmup, not negative [steps].
        total_steps: length of the run [steps].
        decay_fraction: part of the run that the decay takes, from 0 to 1 [1].

    Raises:
        ValueError: `warmup_steps` is negative; warmup and decay together are longer than `total_steps`.

    Example:
        >>> from pure_schedules.like.papers import wsd_1_sqrt
        >>> lr = wsd_1_sqrt(peak=1.0, total_steps=10_000)
        >>> [lr(step) for step in (150, 300, 8_000, 8_500, 10_000)]
        [0.5, 1.0, 1.0, 0.5, 0.0]

    Source: Haegele et al. 2024, Scaling Laws and Compute-Optimal Training Beyond Fixed Training Durations, section 3.2,
    https://arxiv.org/abs/2405.18392.
    """
    return recipes.warmup_stable_decay(
        peak=peak,
        warmup_steps=warmup_steps,
        decay_steps=decay_fraction * total_steps,
        total_steps=total_steps,
        decay=shapes.one_minus_power,
    )


@peer(peak=positive, warmup_steps=non_negative, checkpoints=increasing, decay_fraction=fraction, floor_fraction=positive)
def wsd_s(
    *,
    peak: Value,
    warmup_steps: Value,
    checkpoints: Sequence[Value],
    decay_fraction: Value = 0.1,
    floor_fraction: Value = 0.1,
) -> Schedule:
    """A plateau with a decay, linear in 1 / lr, before each checkpoint; after each one it returns to the peak.

        switch([linear(0, peak, warmup_steps), join([constant(peak), harmonic(peak, floor, d[0]), constant(peak), ...])],
               [warmup_steps]),    d[i] = decay_fraction * checkpoints[i],    floor = floor_fraction * peak

    Args:
        peak: value on the plateau, positive [lr].
        warmup_steps: length of the warmup, not negative [steps].
        checkpoints: where each decay ends, in order [steps].
        decay_fraction: length of each decay as a fraction of all updates up to its checkpoint, from 0 to 1 [1].
        floor_fraction: end of each decay, as a fraction of the peak, positive [1].

    Raises:
        ValueError: `warmup_steps` is negative; `peak` or `floor_fraction` is not positive; a decay would begin before the
            checkpoint that comes before it.

    Example:
        >>> from pure_schedules.like.papers import wsd_s
        >>> lr = wsd_s(peak=1.0, warmup_steps=10, checkpoints=[500, 1000], floor_fraction=0.25)
        >>> [lr(step) for step in (5, 10, 450, 475, 500, 900, 1000)]
        [0.5, 1.0, 1.0, 0.4, 1.0, 1.0, 0.25]

    Source: Wen et al. 2024, Understanding Warmup-Stable-Decay Learning Rates, section 5, eq. 8,
    https://arxiv.org/abs/2410.05192.
    """
    lengths = [decay_fraction * end for end in checkpoints]
    places = [place for end, length in zip(checkpoints, lengths, strict=True) for place in (end - length, end)]
    pieces = [
        piece
        for length in lengths
        for piece in (shapes.constant(value=peak), shapes.harmonic(start=peak, end=floor_fraction * peak, steps=length))
    ]
    return combinators.switch(
        [shapes.linear(start=0.0, end=peak, steps=warmup_steps), combinators.join(pieces, boundaries=places[:-1])],
        boundaries=[warmup_steps],
    )


@peer(
    plateau=positive,
    floor=positive,
    warmup_steps=non_negative,
    cooldown_steps=non_negative,
    plateau_steps=non_negative,
    annealing_steps=non_negative,
)
def infinite_cosine(
    *,
    peak: Value = 3e-4,
    plateau: Value = 1.65e-4,
    floor: Value = 3e-5,
    warmup_steps: Value,
    cooldown_steps: Value,
    plateau_steps: Value,
    annealing_steps: Value,
) -> Schedule:
    """A warmup, a cosine decay to a plateau of any length, and an exponential decay from it to the floor.

        cool_down(infinite(peak, plateau, warmup_steps, cooldown_steps),
                  at=warmup_steps + cooldown_steps + plateau_steps, decay_steps=annealing_steps, floor=floor,
                  decay=exponential)

    Args:
        peak: highest value [lr].
        plateau: value on the plateau, positive; eta_const in the paper [lr].
        floor: value at the end of the annealing, positive [lr].
        warmup_steps: length of the warmup, not negative [steps].
        cooldown_steps: length of the wave, not negative [steps].
        plateau_steps: length of the plateau, not negative [steps].
        annealing_steps: length of the exponential decay, not negative [steps].

    Raises:
        ValueError: `plateau` or `floor` is not positive, or a length is negative.

    Example:
        >>> from pure_schedules.like.papers import infinite_cosine
        >>> lr = infinite_cosine(
        ...     peak=1.0, plateau=0.5, floor=0.125, warmup_steps=10, cooldown_steps=20, plateau_steps=100, annealing_steps=20
        ... )
        >>> [round(lr(step), 9) for step in (5, 10, 20, 30, 130, 140, 150)]
        [0.5, 1.0, 0.75, 0.5, 0.5, 0.25, 0.125]

    Source: Ibrahim et al. 2024, Simple and Scalable Strategies to Continually Pre-train Large Language Models,
    section 7.4, https://arxiv.org/abs/2403.08763.
    """
    return changes.cool_down(
        recipes.infinite(peak=peak, floor=plateau, warmup_steps=warmup_steps, decay_steps=cooldown_steps),
        at=warmup_steps + cooldown_steps + plateau_steps,
        decay_steps=annealing_steps,
        floor=floor,
        decay=shapes.exponential,
    )


@peer(
    plateau=positive,
    floor=positive,
    warmup_steps=non_negative,
    cooldown_steps=positive,
    plateau_steps=non_negative,
    annealing_steps=non_negative,
    alpha=positive,
)
def infinite_inverse_sqrt(
    *,
    peak: Value = 3e-4,
    plateau: Value = 1.65e-4,
    floor: Value = 3e-5,
    warmup_steps: Value,
    cooldown_steps: Value,
    plateau_steps: Value,
    annealing_steps: Value,
    alpha: Value,
) -> Schedule:
    """Like `infinite_cosine`, with one over the square root of the step instead of the wave.

        cool_down(join([linear(0, peak, warmup_steps), clip(fall, low=plateau)]), at=..., floor=floor, decay=exponential),
        fall = remap(inverse_decay(1, cooldown_steps / alpha, 0.5), (1 + alpha) ** -0.5, 1, plateau, peak)

    Args:
        peak: highest value [lr].
        plateau: value on the plateau, positive, below the peak; eta_const in the paper [lr].
        floor: value at the end of the annealing, positive [lr].
        warmup_steps: length of the warmup, not negative [steps].
        cooldown_steps: length of the fall to the plateau, positive [steps].
        plateau_steps: length of the plateau, not negative [steps].
        annealing_steps: length of the exponential decay, not negative [steps].
        alpha: steepness at the beginning of the decay, positive [1].

    Raises:
        ValueError: `plateau`, `floor`, `alpha` or `cooldown_steps` is not positive, or another length is negative.

    Example:
        >>> from pure_schedules.like.papers import infinite_inverse_sqrt
        >>> lr = infinite_inverse_sqrt(
        ...     peak=1.0, plateau=0.25, floor=0.125, warmup_steps=10, cooldown_steps=75, plateau_steps=100,
        ...     annealing_steps=20, alpha=15.0
        ... )
        >>> [round(lr(step), 9) for step in (5, 10, 25, 85, 185, 205)]
        [0.5, 1.0, 0.5, 0.25, 0.25, 0.125]

    Source: Ibrahim et al. 2024, Simple and Scalable Strategies to Continually Pre-train Large Language Models,
    section 7.4, https://arxiv.org/abs/2403.08763.
    """
    curve = decays.inverse_decay(start=1.0, timescale=cooldown_steps / alpha, power=0.5)
    fall = combinators.remap(curve, low=(1 + alpha) ** -0.5, high=1.0, to_low=plateau, to_high=peak)
    return changes.cool_down(
        combinators.join([shapes.linear(start=0.0, end=peak, steps=warmup_steps), combinators.clip(fall, low=plateau)]),
        at=warmup_steps + cooldown_steps + plateau_steps,
        decay_steps=annealing_steps,
        floor=floor,
        decay=shapes.exponential,
    )


@peer(
    batch_size=positive,
    warmup_tokens=non_negative,
    decay_tokens=non_negative,
    total_tokens=non_negative & at_least("warmup_tokens + decay_tokens"),
    eta_max=positive,
    a=positive,
)
def power_scheduler(
    *,
    batch_size: Value = 1024,
    warmup_tokens: Value = 1e9,
    decay_tokens: Value,
    total_tokens: Value,
    eta_max: Value = 0.02,
    a: Value = 4.0,
    b: Value = -0.51,
) -> Schedule:
    """A linear warmup, then a power of the tokens that does not depend on their number, then an exponential fall to 0.

        join([switch([linear(0, power(warmup_tokens), warmup_tokens), power], [warmup_tokens]),
              affine_exponential(power(n), 0, decay_tokens, factor=1 / e)], [n]),
        power = capped_power(eta_max, (eta_max / (batch_size * a)) ** (1 / b), b),    n = total_tokens - decay_tokens

    Its clock counts tokens. In the paper the final decay is exponential and ends at 0; the curve here is that of the
    authors' code, dolomite-engine.

    Args:
        batch_size: sequences in an update, positive [1].
        warmup_tokens: length of the warmup, not negative [tokens].
        decay_tokens: length of the fall, not negative [tokens].
        total_tokens: length of the run [tokens].
        eta_max: the highest value, positive [lr].
        a: factor of the power, positive [lr].
        b: exponent of the power, negative [1].

    Raises:
        ValueError: a length is negative, or warmup and decay together are longer than `total_tokens`; `batch_size`,
            `eta_max` or `a` is not positive; `b` is not negative.

    Example:
        >>> from pure_schedules.like.papers import power_scheduler
        >>> lr = power_scheduler(batch_size=1, warmup_tokens=100, decay_tokens=50, total_tokens=450, eta_max=1.0, b=-0.5)
        >>> [round(lr(tokens), 9) for tokens in (50, 100, 400, 450, 500)]
        [0.2, 0.4, 0.2, 0.0, 0.0]

    Source: Shen et al. 2024, Power Scheduler, eqs. 7 and 8 and section 5, https://arxiv.org/abs/2408.13359.
    """
    knee = raised(eta_max / (batch_size * a), 1 / b)  # where the power falls to the highest value
    power = decays.capped_power(peak=eta_max, timescale=knee, power=b)
    rise = shapes.linear(start=0.0, end=value_at(power, warmup_tokens), steps=warmup_tokens)
    start = total_tokens - decay_tokens
    fall = shapes.affine_exponential(start=value_at(power, start), end=0.0, steps=decay_tokens, factor=math.exp(-1))
    return combinators.join([combinators.switch([rise, power], boundaries=[warmup_tokens]), fall], boundaries=[start])


# Cycles --------------------------------------------------------------------------------------------------------------


@peer(steps=positive, growth=positive)
def sgdr(*, peak: Value = 0.05, floor: Value = 0.0, steps: Value, growth: Value = 2.0) -> Schedule:
    """Cosine decays from the peak to the floor with restarts, each `growth` times as long as the one before; endless.

        repeat(cosine(peak, floor, steps), growth=growth)

    Args:
        peak: value at each restart [lr].
        floor: end of each wave [lr].
        steps: length of the first wave, positive; T_0 in the paper [steps].
        growth: ratio of each wave's length to that of the one before, positive; T_mult in the paper [1].

    Raises:
        ValueError: `steps` or `growth` is not positive.

    Example:
        >>> from pure_schedules.like.papers import sgdr
        >>> lr = sgdr(peak=1.0, steps=10)
        >>> [round(lr(step), 9) for step in (0, 5, 10, 20, 30, 50, 70)]
        [1.0, 0.5, 1.0, 0.5, 1.0, 0.5, 1.0]

    Source: Loshchilov & Hutter 2017, SGDR, eq. 5, https://arxiv.org/abs/1608.03983.
    """
    return clocks.repeat(shapes.cosine(start=peak, end=floor, steps=steps), growth=growth)


@peer(total_steps=positive, cycles=whole)
def snapshot_ensembles(*, peak: Value = 0.1, total_steps: Value, cycles: int) -> Schedule:
    """Equal cosine decays from the peak to 0, one for each member of the ensemble.

        repeat(cosine(peak, 0, steps)),    steps = ceil(total_steps / cycles)

    The paper counts updates from 1. Another wave begins after the last, as in its formula.

    Args:
        peak: value at the beginning of each wave [lr].
        total_steps: length of the run, positive; T in the paper [steps].
        cycles: number of waves, a whole number above 0; M in the paper [1].

    Raises:
        ValueError: `total_steps` is not positive, or `cycles` is not a whole number above 0.

    Example:
        >>> from pure_schedules.like.papers import snapshot_ensembles
        >>> lr = snapshot_ensembles(peak=1.0, total_steps=100, cycles=5)
        >>> [round(lr(step), 9) for step in (0, 10, 20, 30)]
        [1.0, 0.5, 1.0, 0.5]

    Source: Huang et al. 2017, Snapshot Ensembles, eq. 2, https://arxiv.org/abs/1704.00109.
    """
    return clocks.repeat(shapes.cosine(start=peak, end=0.0, steps=-floor(-total_steps / cycles)))


@peer(cycle_steps=positive)
def swa_cyclical(*, high: Value, low: Value, cycle_steps: Value) -> Schedule:
    """Linear from `high` to `low` in each cycle, at `low` in its last update; endless.

        repeat(count_from_one(linear(high, low, cycle_steps)), cycle_steps)

    The paper counts updates from 1, and averages the weights after the last update of each cycle.

    Args:
        high: start of each cycle [lr].
        low: value in the last update of each cycle [lr].
        cycle_steps: length of a cycle, positive; c in the paper, where 1 means always `low` [steps].

    Raises:
        ValueError: `cycle_steps` is not positive.

    Example:
        >>> from pure_schedules.like.papers import swa_cyclical
        >>> lr = swa_cyclical(high=1.0, low=0.0, cycle_steps=4)
        >>> [lr(step) for step in range(6)]
        [0.75, 0.5, 0.25, 0.0, 0.75, 0.5]

    Source: Izmailov et al. 2018, Averaging Weights Leads to Wider Optima, section 3.1, https://arxiv.org/abs/1803.05407.
    """
    fall = shapes.linear(start=high, end=low, steps=cycle_steps)
    return clocks.repeat(clocks.count_from_one(fall), every=cycle_steps)


@peer(step_size=positive)
def clr_triangular(*, low: Value = 0.001, high: Value = 0.006, step_size: Value = 2000) -> Schedule:
    """Triangles from `low` to `high` and back; endless.

        triangular_cycles(low, high, step_size)

    Args:
        low: value at the beginning of each cycle; base_lr in the paper [lr].
        high: value in the middle of each cycle; max_lr in the paper [lr].
        step_size: half of a cycle, positive [steps].

    Raises:
        ValueError: `step_size` is not positive.

    Example:
        >>> from pure_schedules.like.papers import clr_triangular
        >>> lr = clr_triangular(low=0.0, high=1.0, step_size=10)
        >>> [lr(step) for step in (0, 5, 10, 15, 20, 30)]
        [0.0, 0.5, 1.0, 0.5, 0.0, 1.0]

    Source: Smith 2017, Cyclical Learning Rates, section 3.1, https://arxiv.org/abs/1506.01186.
    """
    return recipes.triangular_cycles(floor=low, peak=high, warmup_steps=step_size)


@peer(step_size=positive)
def clr_triangular2(*, low: Value = 0.001, high: Value = 0.006, step_size: Value = 2000) -> Schedule:
    """Like `clr_triangular`, with the height halved in each cycle.

        triangular_cycles(low, high, step_size, factor=0.5)

    Args:
        low: value at the beginning of each cycle; base_lr in the paper [lr].
        high: value in the middle of the first cycle; max_lr in the paper [lr].
        step_size: half of a cycle, positive [steps].

    Raises:
        ValueError: `step_size` is not positive.

    Example:
        >>> from pure_schedules.like.papers import clr_triangular2
        >>> lr = clr_triangular2(low=0.0, high=1.0, step_size=10)
        >>> [lr(step) for step in (0, 10, 20, 30, 40, 50)]
        [0.0, 1.0, 0.0, 0.5, 0.0, 0.25]

    Source: Smith 2017, Cyclical Learning Rates, section 3.1, https://arxiv.org/abs/1506.01186.
    """
    return recipes.triangular_cycles(floor=low, peak=high, warmup_steps=step_size, factor=0.5)


@peer(step_size=positive, gamma=positive)
def clr_exp_range(*, low: Value = 0.001, high: Value = 0.006, step_size: Value = 2000, gamma: Value = 0.99994) -> Schedule:
    """Like `clr_triangular`, with both bounds multiplied by `gamma` at each update.

        multiply([triangular_cycles(low, high, step_size), exponential_decay(1, gamma)])

    torch, Keras and others keep the lower bound; the paper multiplies both.

    Args:
        low: lower bound at step 0; base_lr in the paper [lr].
        high: upper bound at step 0; max_lr in the paper [lr].
        step_size: half of a cycle, positive [steps].
        gamma: factor at each update, positive [1].

    Raises:
        ValueError: `step_size` or `gamma` is not positive.

    Example:
        >>> from pure_schedules.like.papers import clr_exp_range
        >>> lr = clr_exp_range(low=1.0, high=2.0, step_size=2, gamma=0.5)
        >>> [lr(step) for step in (0, 1, 2, 4)]
        [1.0, 0.75, 0.5, 0.0625]

    Source: Smith 2017, Cyclical Learning Rates, sections 3.1 and 4.1, https://arxiv.org/abs/1506.01186.
    """
    cycles = recipes.triangular_cycles(floor=low, peak=high, warmup_steps=step_size)
    return combinators.multiply([cycles, decays.exponential_decay(start=1.0, rate=gamma)])


@peer(step_size=non_negative, total_steps=non_negative & at_least("step_size + step_size"))
def super_convergence(
    *, low: Value = 0.1, high: Value = 3.0, step_size: Value = 5000, total_steps: Value, final: Value
) -> Schedule:
    """The 1cycle policy: a linear rise, a linear fall, then a linear decay far below the first value.

        piecewise_linear([low, high, low, final], [step_size, 2 * step_size, total_steps])

    Args:
        low: value at the beginning and at the end of the cycle [lr].
        high: value in the middle of the cycle [lr].
        step_size: half of the cycle, not negative [steps].
        total_steps: length of the run, which is more than the cycle [steps].
        final: value from `total_steps` on, orders of magnitude below `low` [lr].

    Raises:
        ValueError: `step_size` is negative, or the cycle is longer than `total_steps`.

    Example:
        >>> from pure_schedules.like.papers import super_convergence
        >>> lr = super_convergence(low=0.2, high=1.0, step_size=10, total_steps=30, final=0.0)
        >>> [round(lr(step), 9) for step in (0, 5, 10, 20, 25, 30, 1000)]
        [0.2, 0.6, 1.0, 0.2, 0.1, 0.0, 0.0]

    Source: Smith & Topin 2018, Super-Convergence, section 3, https://arxiv.org/abs/1708.07120.
    """
    return knots.piecewise_linear(values=[low, high, low, final], boundaries=[step_size, 2 * step_size, total_steps])


@peer(total_steps=positive, cut_frac=fraction, ratio=positive)
def ulmfit(*, peak: Value = 0.01, total_steps: Value, cut_frac: Value = 0.1, ratio: Value = 32) -> Schedule:
    """The slanted triangle: a short linear rise and a long linear decay.

        piecewise_linear([peak / ratio, peak, peak / ratio], [floor(total_steps * cut_frac), total_steps])

    Args:
        peak: highest value; eta_max in the paper [lr].
        total_steps: length of the run, positive; T in the paper [steps].
        cut_frac: part of the run that the rise takes, from 0 to 1 [1].
        ratio: ratio of the highest value to the lowest, positive [1].

    Differs:
        It is at its lowest value at `total_steps`. In the paper, if ``total_steps * cut_frac`` is not whole, the cut is
        rounded down and the decay is too short: the rate falls below ``peak / ratio``, in short runs below 0, and a cut
        at 0 divides by 0.

    Raises:
        ValueError: `total_steps` or `ratio` is not positive, or `cut_frac` is not from 0 to 1.

    Example:
        >>> from pure_schedules.like.papers import ulmfit
        >>> lr = ulmfit(peak=1.0, total_steps=100, ratio=4)
        >>> [lr(step) for step in (0, 10, 55, 100)]
        [0.25, 1.0, 0.625, 0.25]

    Source: Howard & Ruder 2018, Universal Language Model Fine-tuning for Text Classification, section 3.2, eq. 3,
    https://arxiv.org/abs/1801.06146.
    """
    low = peak / ratio
    return knots.piecewise_linear(values=[low, peak, low], boundaries=[floor(total_steps * cut_frac), total_steps])


@peer(
    warmup_steps=non_negative,
    total_steps=non_negative & at_least("warmup_steps"),
    reset_steps=positive & at_least("restart_warmup_steps"),
    restart_warmup_steps=non_negative,
)
def relora(
    *,
    peak: Value,
    warmup_steps: Value,
    total_steps: Value,
    reset_steps: Value,
    restart_warmup_steps: Value = 50,
) -> Schedule:
    """Jagged cosine: a warmup and a cosine decay that is 0 at each reset of the optimizer, with a short warmup after it.

        jagged_restarts(warmup_cosine(peak, warmup_steps, total_steps), reset_steps, restart_warmup_steps)

    Args:
        peak: value at `warmup_steps` [lr].
        warmup_steps: length of the first rise, not negative [steps].
        total_steps: length of the run, warmup included [steps].
        reset_steps: steps from one reset to the next, positive [steps].
        restart_warmup_steps: length of the warmup after each reset, not negative; 50 to 100 in the paper [steps].

    Raises:
        ValueError: a length is negative; `reset_steps` is not positive, or shorter than `restart_warmup_steps`;
            `warmup_steps` is longer than `total_steps`.

    Example:
        >>> from pure_schedules.like.papers import relora
        >>> lr = relora(peak=1.0, warmup_steps=0, total_steps=200, reset_steps=100, restart_warmup_steps=50)
        >>> [round(lr(step), 9) for step in (0, 99, 100, 150, 200)]
        [1.0, 0.507853659, 0.0, 0.146446609, 0.0]

    Source: Lialin et al. 2023, ReLoRA, section 3 and figure 2, https://arxiv.org/abs/2307.05695.
    """
    wave = recipes.warmup_cosine(peak=peak, warmup_steps=warmup_steps, total_steps=total_steps)
    return recipes.jagged_restarts(wave, every=reset_steps, warmup_steps=restart_warmup_steps)


# Curves --------------------------------------------------------------------------------------------------------------


@peer(total_steps=non_negative)
def rex(*, peak: Value, total_steps: Value) -> Schedule:
    """Reflected exponential: nearly flat at first, steepest at the end.

        rex(peak, 0, total_steps, beta=0.5)

    Args:
        peak: value at step 0 [lr].
        total_steps: length of the run, not negative [steps].

    Raises:
        ValueError: `total_steps` is negative.

    Example:
        >>> from pure_schedules.like.papers import rex
        >>> lr = rex(peak=3.0, total_steps=10)
        >>> [lr(step) for step in (0, 5, 10)]
        [3.0, 2.0, 0.0]

    Source: Chen et al. 2021, REX: Revisiting Budgeted Training with an Improved Schedule,
    https://arxiv.org/abs/2107.04197.
    """
    return shapes.rex(start=peak, end=0.0, steps=total_steps, beta=0.5)


@peer(total_steps=non_negative, k=positive)
def k_decay(*, peak: Value, floor: Value = 0.0, total_steps: Value, k: Value) -> Schedule:
    """Half a cosine wave that stays longer at the top.

        warp(cosine(peak, floor, total_steps), power=k)

    Args:
        peak: value at step 0 [lr].
        floor: value from `total_steps` on [lr].
        total_steps: length of the run, not negative [steps].
        k: exponent of the progress, positive; 1 is the plain wave [1].

    Raises:
        ValueError: `total_steps` is negative, or `k` is not positive.

    Example:
        >>> from pure_schedules.like.papers import k_decay
        >>> lr = k_decay(peak=1.0, total_steps=100, k=2)
        >>> [round(lr(step), 9) for step in (0, 50, 100)]
        [1.0, 0.853553391, 0.0]

    Source: Zhang & Li 2020, k-decay: A New Method for Learning Rate Schedule, https://arxiv.org/abs/2004.05909.
    """
    return clocks.warp(shapes.cosine(start=peak, end=floor, steps=total_steps), power=k)


@peer(total_steps=non_negative)
def htd(*, peak: Value, floor: Value = 0.0, total_steps: Value, lower: Value = -6.0, upper: Value = 3.0) -> Schedule:
    """Hyperbolic-tangent decay: a part of the tangent, from `lower` to `upper`.

        hyperbolic_tangent(peak, floor, total_steps, lower, upper)

    Args:
        peak: upper limit; at step 0 it is a little below [lr].
        floor: lower limit; at the end it is a little above [lr].
        total_steps: length of the run, not negative [steps].
        lower: beginning on the axis of the tangent; L in the paper [1].
        upper: end on the axis of the tangent; U in the paper [1].

    Raises:
        ValueError: `total_steps` is negative.

    Example:
        >>> from pure_schedules.like.papers import htd
        >>> lr = htd(peak=1.0, total_steps=90)
        >>> [round(lr(step), 6) for step in (0, 60, 90)]
        [0.999994, 0.5, 0.002473]

    Source: Hsueh et al. 2019, Stochastic Gradient Descent with Hyperbolic-Tangent Decay on Classification,
    https://arxiv.org/abs/1806.01593.
    """
    return shapes.hyperbolic_tangent(start=peak, end=floor, steps=total_steps, lower=lower, upper=upper)


@peer(total_steps=positive, upper_bound=positive & at_least("total_steps"))
def hyperbolic_lr(*, peak: Value, infimum: Value, total_steps: Value, upper_bound: Value) -> Schedule:
    """A part of a hyperbola; its first part hardly depends on the length of the run.

        hyperbolic(peak, end, total_steps, upper_bound),    end = peak - (peak - infimum) * h,
        h = sqrt(N / U * (2 - N / U)),    N = total_steps,    U = upper_bound

    Args:
        peak: value at step 0 [lr].
        infimum: lowest value, that of a run as long as `upper_bound` at its end [lr].
        total_steps: length of the run, positive; N in the paper [steps].
        upper_bound: the longest run considered, not below `total_steps`; U in the paper [steps].

    Raises:
        ValueError: `total_steps` is not positive, or more than `upper_bound`.

    Example:
        >>> from pure_schedules.like.papers import hyperbolic_lr
        >>> lr = hyperbolic_lr(peak=1.0, infimum=0.0, total_steps=10, upper_bound=10)
        >>> [round(lr(step), 9) for step in (0, 6, 8, 10, 1000)]
        [1.0, 0.4, 0.2, 0.0, 0.0]

    Source: Kim 2024, HyperbolicLR: Epoch Insensitive Learning Rate Scheduler,
    https://arxiv.org/abs/2407.15200.
    """
    end = peak - (peak - infimum) * _hyperbola_at_0(total_steps, upper_bound)
    return shapes.hyperbolic(start=peak, end=end, steps=total_steps, upper_bound=upper_bound)


@peer(peak=positive, infimum=positive, total_steps=positive, upper_bound=positive & at_least("total_steps"))
def exp_hyperbolic_lr(*, peak: Value, infimum: Value, total_steps: Value, upper_bound: Value) -> Schedule:
    """Like `hyperbolic_lr`, on a logarithmic axis.

        interpolate(hyperbolic(0, 1, 1, upper_bound / total_steps), peak, end, total_steps, space=logarithm),
        end = peak * (infimum / peak) ** h,    h = sqrt(N / U * (2 - N / U)),    N = total_steps,    U = upper_bound

    Args:
        peak: value at step 0, positive [lr].
        infimum: lowest value, that of a run as long as `upper_bound` at its end, positive [lr].
        total_steps: length of the run, positive; N in the paper [steps].
        upper_bound: the longest run considered, not below `total_steps`; U in the paper [steps].

    Raises:
        ValueError: `peak`, `infimum` or `total_steps` is not positive; `upper_bound` is below `total_steps`.

    Example:
        >>> from pure_schedules.like.papers import exp_hyperbolic_lr
        >>> lr = exp_hyperbolic_lr(peak=1.0, infimum=0.00001, total_steps=10, upper_bound=10)
        >>> [round(lr(step), 9) for step in (0, 6, 8, 10, 1000)]
        [1.0, 0.001, 0.0001, 1e-05, 1e-05]

    Source: Kim 2024, HyperbolicLR: Epoch Insensitive Learning Rate Scheduler,
    https://arxiv.org/abs/2407.15200.
    """
    end = peak * (infimum / peak) ** _hyperbola_at_0(total_steps, upper_bound)
    curve = shapes.hyperbolic(start=0.0, end=1.0, steps=1, upper_bound=upper_bound / total_steps)
    return spaces.interpolate(curve, start=peak, end=end, steps=total_steps, space=spaces.logarithm)


def _hyperbola_at_0(steps: Value, upper_bound: Value) -> Value:
    part = steps / upper_bound
    height: Value = sqrt(part * (2 - part))
    return height


@peer(total_steps=positive)
def fixmatch(*, peak: Value = 0.03, total_steps: Value = 2**20) -> Schedule:
    """Seven sixteenths of a half turn of a cosine, down to 0.195 of the peak.

        join([cosine(peak, -peak, 16 / 7 * total_steps), constant(peak * cos(7 / 16 * pi))], [total_steps])

    Args:
        peak: value at step 0 [lr].
        total_steps: length of the run, positive; after it the value is constant [steps].

    Raises:
        ValueError: `total_steps` is not positive.

    Example:
        >>> from pure_schedules.like.papers import fixmatch
        >>> lr = fixmatch(peak=1.0, total_steps=2100)
        >>> [round(lr(step), 6) for step in (0, 1600, 2100, 9999)]
        [1.0, 0.5, 0.19509, 0.19509]

    Source: Sohn et al. 2020, FixMatch, section 2.4, https://arxiv.org/abs/2001.07685.
    """
    wave = shapes.cosine(start=peak, end=-peak, steps=16 / 7 * total_steps)
    return combinators.join([wave, shapes.constant(value=peak * cos(7 / 16 * math.pi))], boundaries=[total_steps])


@peer(warmup_steps=non_negative, decay_steps=positive)
def edm2(*, peak: Value = 0.01, warmup_steps: Value = 10e6 / 2048, decay_steps: Value = 70_000) -> Schedule:
    """A linear warmup times a plateau that ends in one over the square root of the step.

        multiply([linear(0, 1, warmup_steps),
                  join([constant(peak), inverse_sqrt(peak, timescale=decay_steps)], [decay_steps])])

    Args:
        peak: value on the plateau, alpha_ref in the paper [lr].
        warmup_steps: length of the warmup, not negative; 10 million images in batches of 2048 [steps].
        decay_steps: length of the plateau, warmup included, positive; t_ref in the paper [steps].

    Raises:
        ValueError: `warmup_steps` is negative, or `decay_steps` is not positive.

    Example:
        >>> from pure_schedules.like.papers import edm2
        >>> lr = edm2(peak=1.0, warmup_steps=100)
        >>> [lr(step) for step in (50, 100, 70_000, 280_000)]
        [0.5, 1.0, 1.0, 0.5]

    Source: Karras et al. 2024, Analyzing and Improving the Training Dynamics of Diffusion Models,
    https://arxiv.org/abs/2312.02696, and `learning_rate_schedule` in `training/training_loop.py` of its code.
    """
    plateau = combinators.join(
        [shapes.constant(value=peak), decays.inverse_sqrt(peak=peak, timescale=decay_steps)], boundaries=[decay_steps]
    )
    return combinators.multiply([shapes.linear(start=0.0, end=1.0, steps=warmup_steps), plateau])


# Of other hyperparameters --------------------------------------------------------------------------------------------


@peer(start=fraction, total_steps=non_negative)
def byol_momentum(*, start: Value = 0.996, total_steps: Value) -> Schedule:
    """The factor of the target network's moving average, by half a cosine wave up to 1. DINO has the same.

        cosine(start, 1, total_steps)

    Args:
        start: value at step 0, from 0 to 1; tau_base in the paper [1].
        total_steps: length of the run, not negative [steps].

    Raises:
        ValueError: `start` is not from 0 to 1, or `total_steps` is negative.

    Example:
        >>> from pure_schedules.like.papers import byol_momentum
        >>> tau = byol_momentum(total_steps=100)
        >>> [round(tau(step), 9) for step in (0, 50, 100)]
        [0.996, 0.998, 1.0]

    Source: Grill et al. 2020, Bootstrap Your Own Latent, section 3.3, https://arxiv.org/abs/2006.07733; Caron et al. 2021,
    DINO, section 3.1, https://arxiv.org/abs/2104.14294.
    """
    return shapes.cosine(start=start, end=1.0, steps=total_steps)


@peer(inv_gamma=positive, power=positive, min_value=fraction, max_value=fraction & at_least("min_value"))
def ema_inverse_gamma(
    *, inv_gamma: Value = 1.0, power: Value = 2 / 3, min_value: Value = 0.0, max_value: Value = 1.0
) -> Schedule:
    """The factor of a moving average of weights that forgets early values: it rises slowly from 0 towards 1.

        clip(remap(inverse_decay(1, inv_gamma, power), 0, 1, 1, 0), min_value, max_value)
        = min(max(1 - (1 + t / inv_gamma) ** -power, min_value), max_value)

    Args:
        inv_gamma: how long it stays near 0, positive [steps].
        power: exponent, positive; 1 is the plain average, 2 / 3 for a million updates, 3 / 4 for fewer [1].
        min_value: lower bound, from 0 to 1 [1].
        max_value: upper bound, from 0 to 1 [1].

    Raises:
        ValueError: `inv_gamma` or `power` is not positive; a bound is not from 0 to 1.

    Example:
        >>> from pure_schedules.like.papers import ema_inverse_gamma
        >>> decay = ema_inverse_gamma(max_value=0.9)
        >>> [round(decay(step), 9) for step in (0, 7, 26, 1000)]
        [0.0, 0.75, 0.888888889, 0.9]

    Source: Crowson 2022, k-diffusion, `EMAWarmup` in `k_diffusion/utils.py`; no paper.
    """
    average = _one_minus(decays.inverse_decay(start=1.0, timescale=inv_gamma, power=power))
    return combinators.clip(average, low=min_value, high=max_value)


@peer(power=positive)
def adafactor_beta2(*, power: Value = 0.8) -> Schedule:
    """The decay factor of Adafactor's second moment: it rises from 0 at the first update towards 1.

        remap(inverse_decay(1, 1, power), 0, 1, 1, 0) = 1 - (t + 1) ** -power

    The paper counts updates from 1.

    Args:
        power: exponent, positive [1].

    Raises:
        ValueError: `power` is not positive.

    Example:
        >>> from pure_schedules.like.papers import adafactor_beta2
        >>> beta2 = adafactor_beta2()
        >>> [round(beta2(step), 9) for step in (0, 31, 1023)]
        [0.0, 0.9375, 0.99609375]

    Source: Shazeer & Stern 2018, Adafactor, section 7.2 and algorithm 6, https://arxiv.org/abs/1804.04235.
    """
    return _one_minus(decays.inverse_decay(start=1.0, timescale=1, power=power))


@peer(cap=positive)
def adafactor_relative_step(*, cap: Value = 0.01) -> Schedule:
    """Adafactor's step relative to the size of the parameters: one over the square root of the update, capped.

        clip(inverse_sqrt(1, timescale=1), high=cap) = min(cap, 1 / sqrt(t + 1))

    The paper counts updates from 1.

    Args:
        cap: highest value, positive [1].

    Raises:
        ValueError: `cap` is not positive.

    Example:
        >>> from pure_schedules.like.papers import adafactor_relative_step
        >>> step_size = adafactor_relative_step()
        >>> [step_size(step) for step in (0, 9_999, 39_999)]
        [0.01, 0.01, 0.005]

    Source: Shazeer & Stern 2018, Adafactor, section 9 and algorithm 6, https://arxiv.org/abs/1804.04235.
    """
    return combinators.clip(decays.inverse_sqrt(peak=1.0, timescale=1), high=cap)


@peer(steps=non_negative)
def ademamix_alpha(*, alpha: Value, steps: Value) -> Schedule:
    """The weight of AdEMAMix's slow average, linear from 0.

        linear(0, alpha, steps)

    Args:
        alpha: value from `steps` on; 4 to 10 in the paper [1].
        steps: length of the warmup, not negative; T_alpha in the paper, as long as the run [steps].

    Raises:
        ValueError: `steps` is negative.

    Example:
        >>> from pure_schedules.like.papers import ademamix_alpha
        >>> alpha = ademamix_alpha(alpha=8.0, steps=100)
        >>> alpha(25), alpha(100)
        (2.0, 8.0)

    Source: Pagliardini et al. 2024, The AdEMAMix Optimizer, section 3.1, https://arxiv.org/abs/2409.03137.
    """
    return shapes.linear(start=0.0, end=alpha, steps=steps)


@peer(start=positive & below_one, beta3=positive & below_one, steps=non_negative)
def ademamix_beta3(*, start: Value = 0.9, beta3: Value = 0.9999, steps: Value) -> Schedule:
    """The factor of AdEMAMix's slow average, linear in its half-life.

        half_life(start, beta3, steps)

    Args:
        start: value at step 0, between 0 and 1; beta_1 in the paper [1].
        beta3: value from `steps` on, between 0 and 1 [1].
        steps: length of the warmup, not negative; T_beta3 in the paper, as long as the run [steps].

    Raises:
        ValueError: `start` or `beta3` is not between 0 and 1, or `steps` is negative.

    Example:
        >>> from pure_schedules.like.papers import ademamix_beta3
        >>> beta3 = ademamix_beta3(start=0.25, beta3=0.5, steps=2)
        >>> [round(beta3(step), 9) for step in (0, 1, 2)]
        [0.25, 0.396850263, 0.5]

    Source: Pagliardini et al. 2024, The AdEMAMix Optimizer, section 3.1 and appendix A.1,
    https://arxiv.org/abs/2409.03137.
    """
    return shapes.half_life(start=start, end=beta3, steps=steps)


@peer(steps=non_negative)
def muon_momentum(*, start: Value = 0.85, end: Value = 0.95, steps: Value = 300) -> Schedule:
    """The momentum of Muon, linear over the first 300 updates.

        linear(start, end, steps)

    Args:
        start: value at step 0 [1].
        end: value from `steps` on [1].
        steps: length of the warmup, not negative [steps].

    Raises:
        ValueError: `steps` is negative.

    Example:
        >>> from pure_schedules.like.papers import muon_momentum
        >>> momentum = muon_momentum()
        >>> [round(momentum(step), 9) for step in (0, 150, 300)]
        [0.85, 0.9, 0.95]

    Source: Jordan et al. 2024, modded-nanogpt, `train_gpt.py`, https://github.com/KellerJordan/modded-nanogpt; no paper.
    """
    return shapes.linear(start=start, end=end, steps=steps)


def _one_minus(schedule: Schedule) -> Schedule:
    return combinators.remap(schedule, low=0.0, high=1.0, to_low=1.0, to_high=0.0)
