"""The arithmetic of the originals, by their own index: slow plain twins, which the rows of docs/every-row.md are held to.

Each was read in the source of the project, at the commit or in the version that `READ` names, and is written out here in
plain Python with the numbers of the page: a peak of P, a floor of F, a warmup of W steps in a run of T. What a function
takes is the index that the project itself gives to an update, and its first one is 0 or 1.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

P, F, W, T, D = 1e-3, 1e-5, 10, 100, 90

Rule = Callable[[int], float]


@dataclass(frozen=True)
class Original:
    """What one project computes, and the piece of a row that says it here."""

    row: str
    #: Which of the row's pieces of code.
    place: int
    name: str
    value: Rule
    #: The index at the first update.
    first: int = 0
    #: Whether the page has the curve, around which `count_from_one` is to be put, as its column says.
    bare: bool = False
    #: Whether something in it counts from 1, though the loop does not: mostly its warmup.
    one_ahead: bool = False
    #: The updates that are compared: the project does something else, or nothing, beyond them.
    until: int = 151

    def __repr__(self) -> str:
        return f"{self.row}-{self.place}-{self.name}"

    @property
    def counts_from_one(self) -> bool:
        return self.first == 1 or self.one_ahead


#: What was read: a commit or a version, and the file.
READ = {
    "AdEMAMix": "e732715, pytorch/ademamix.py, without the 1e-8 that it adds to a beta",
    "AllenNLP": "80fb606, allennlp/training/learning_rate_schedulers",
    "Axolotl": "0.19.0, axolotl/utils/schedulers.py",
    "Composer": "6405188, composer/optim/scheduler.py",
    "Caffe": "src/caffe/solvers/sgd_solver.cpp",
    "ColossalAI": "4f9953b, colossalai/nn/lr_scheduler",
    "CoreNet": "1aa3acd, corenet/optims/scheduler",
    "DINO": "7c446df, utils.py and main_dino.py",
    "DINOv2": "b8931f7, dinov2/utils/utils.py and dinov2/train/train.py",
    "DINOv3": "6876159, dinov3/train/cosine_lr_scheduler.py",
    "DeepSpeed": "edaa722, deepspeed/runtime/data_pipeline and deepspeed/runtime/engine.py",
    "Diffusers": "58eb52c, src/diffusers/training_utils.py",
    "EDM2": "4bf8162, training/training_loop.py and training/phema.py",
    "ESPnet": "4845ad4, espnet2/schedulers/warmup_lr.py",
    "GPT-NeoX": "ea7aefd, megatron/learning_rates.py",
    "HyperbolicLR": "cefcb8f, hyperbolic_lr.py",
    "InternEvo": "c628a8c, internlm/solver/schedulers/beta2_scheduler.py",
    "LAVIS": "lavis/common/optims.py",
    "LightlyTrain": "8f5a75c, dinov2_eomt_instance_segmentation/scheduler.py",
    "Lightning": "2.6.6, lightning/pytorch/tuner/lr_finder.py",
    "MLX": "mlx_lm/tuner/utils.py and python/mlx/optimizers/schedulers.py",
    "MMEngine": "0.10.7, mmengine/optim/scheduler/param_scheduler.py",
    "MXNet": "b84609d, python/mxnet/lr_scheduler.py",
    "MaxText": "e591f30, src/maxtext/utils/maxtext_utils.py",
    "Megatron-LM": "d98e8a6, megatron/core/optimizer_param_scheduler.py",
    "OLMo": "59a53e3, olmo/optim.py and olmo/train.py",
    "OLMo-core": "fa6c501, src/olmo_core/optim/scheduler.py",
    "OpenNMT": "97111d9, onmt/utils/optimizers.py",
    "Paddle": "00816fc, python/paddle/optimizer/lr.py",
    "PaddleClas": "d178931, ppcls/optimizer/learning_rate.py",
    "ParameterSchedulers.jl": "f6ca703, src",
    "ParlAI": "a29567f, parlai/nn/lr_scheduler.py",
    "RWKV": "src/trainer.py of RWKV-LM",
    "SpeechBrain": "9c826ef, speechbrain/nnet/schedulers.py",
    "TRL": "f2cd577, trl/trainer/callbacks.py",
    "TensorFlow Object Detection": "research/object_detection/utils/learning_schedules.py",
    "TensorFlow Models": "00b830c, official/modeling/optimization/lr_schedule.py",
    "Thinc": "20eec35, thinc/schedules.py",
    "Transformers": "5.23.0, transformers/optimization.py",
    "VISSL": "09270ed, vissl/optimizers/param_scheduler/cosine_warm_restart_scheduler.py",
    "axlearn": "34aed43, axlearn/common/schedule.py and axlearn/common/optimizers.py",
    "big_vision": "0127fb6, big_vision/utils.py and big_vision/optax.py",
    "burn": "2c06be3, crates/burn-optim/src/lr_scheduler",
    "darknet": "AlexeyAB's, get_current_rate in src/network.c, with its 3.14159265 written out",
    "dolomite-engine": "d0ee186, lm_engine/optimization/scheduler.py",
    "epfml": "17e78d6, src/optim/utils.py of schedules-and-scaling",
    "fairseq": "3d262bb, fairseq/optim/lr_scheduler",
    "fairseq2": "027bdeb, src/fairseq2/optim/lr_schedulers",
    "fastai": "2.8.12, fastai/callback/schedule.py",
    "icefall": "e698890, egs/librispeech/ASR/zipformer/optim.py and train.py",
    "init2winit": "afd5a84, init2winit/schedules.py",
    "katsura-jp": "12d03c0, cosine_annealing_warmup/scheduler.py",
    "levanter": "9263f81, src/levanter/optim/config.py",
    "lingua": "437d680, lingua/optim.py",
    "litgpt": "2685705, litgpt/pretrain.py",
    "metaseq": "f7ffa5f, metaseq/optim/lr_scheduler/polynomial_decay_schedule.py",
    "mmcv": "0087cac, mmcv/runner/hooks/lr_updater.py",
    "modded-nanogpt": "f411b3d, train_gpt.py",
    "nanoGPT": "3adf61e, train.py",
    "nanochat": "92d63d4, scripts/base_train.py",
    "open_clip": "89fb801, src/open_clip_train/scheduler.py",
    "optax": "2edbcbe, optax/schedules/_schedule.py and optax/_src/factorized.py",
    "praxis": "feeaff1, praxis/schedules.py",
    "pytorch-gradual-warmup-lr": "7021d63, warmup_scheduler/scheduler.py",
    "pytorch_optimizer": "7a076d2, pytorch_optimizer/lr_scheduler",
    "pytorch_warmup": "ed598d3, pytorch_warmup",
    "scenic": "4a38d47, scenic/train_lib/lr_schedules.py",
    "schedule_free": "70785b5, schedulefree/adamw_schedulefree.py",
    "spaCy": "thinc/schedules.py, warmup_linear",
    "stable-baselines3": "2.9.2, stable_baselines3/common/type_aliases.py",
    "t5x": "cc342d4, t5x/utils.py",
    "tensor2tensor": "bafdc1b, tensor2tensor/utils/learning_rate.py",
    "timm": "1.0.31, timm/utils/model_ema.py",
    "torch": "2.13.0, torch/optim/swa_utils.py",
    "ultralytics": "8.4.190, ultralytics/utils/torch_utils.py",
}


def half(x: float) -> float:
    return 0.5 * (1 + math.cos(math.pi * x))


# Warmups -------------------------------------------------------------------------------------------------------------


def mmcv_annealed(n: int) -> float:
    """Its cosine over all iterations, which a warmup then multiplies."""
    return F + 0.5 * (P - F) * (math.cos(math.pi * n / T) + 1)


def mmcv_linear(n: int, ratio: float = 0.1) -> float:
    regular = mmcv_annealed(n)
    k = (1 - n / W) * (1 - ratio)
    return regular * (1 - k) if n < W else regular


def colossal(n: int) -> float:
    if n < W:
        return (n + 1) / W * P
    return F + (P - F) * half((n - W) / (T - W))


def nanogpt(n: int) -> float:
    if n < W:
        return P * (n + 1) / (W + 1)
    if n > T:
        return F
    return F + half((n - W) / (T - W)) * (P - F)


def dino_table(n: int) -> float:
    warm = [P * i / (W - 1) for i in range(W)]
    rest = [F + 0.5 * (P - F) * (1 + math.cos(math.pi * i / (T - W))) for i in range(T - W)]
    return (warm + rest)[n]


def litgpt(n: int) -> float:
    if n < W:
        return P * n / W
    if n > T:
        return F
    return F + half((n - W) / (T - W)) * (P - F)


def rectified(n: int, beta2: float = 0.999) -> float:
    longest = 2 / (1 - beta2) - 1

    def rho(s: int) -> float:
        return longest - 2 * s * beta2**s / (1 - beta2**s)

    offset = 1
    while rho(offset) <= 4:
        offset += 1
    r = rho(n + offset)
    return math.sqrt((r - 4) * (r - 2) * longest / ((longest - 4) * (longest - 2) * r))


WARMUPS = [
    Original("Wa''", 1, "mmcv", mmcv_linear, until=T),
    Original("Wb", 0, "nanochat", lambda n: P * (n + 1) / W if n < W else P, one_ahead=True),
    Original("Wb", 0, "open_clip", lambda n: P * (n + 1) / W if n < W else P, one_ahead=True),
    Original("Wb", 1, "ColossalAI", colossal, one_ahead=True, until=T),
    Original("Wc", 1, "nanoGPT", nanogpt, one_ahead=True),
    Original("Wd", 1, "DINO", dino_table, until=T),
    Original("We", 0, "GPT-NeoX", lambda n: P * max(1, n) / W if n <= W else P),
    Original("Wg", 0, "Axolotl", lambda n: P * (n / max(1, W)) ** 2, until=W),
    Original("Wh", 0, "Transformers", lambda n: P * 0.5 * (1 - math.cos(math.pi * n / W)) if n < W else P),
    Original("Wi", 0, "Transformers", lambda n: P * (1 - math.sqrt(1 - n / W)) if n < W else P),
    Original("Wj", 0, "mmcv", lambda n: P * 0.01 ** (1 - n / W), until=W),
    Original("Wk", 0, "pytorch_warmup", lambda n: P * (1 - math.exp(-(n + 1) / W)), one_ahead=True),
    Original("Wl", 0, "pytorch_warmup", lambda n: P * rectified(n)),
    Original("Wm", 0, "pytorch_warmup", lambda n: P * min(1.0, (n + 1) / int(2 / (1 - 0.9))), one_ahead=True),
    Original("Wm", 1, "pytorch_warmup", lambda n: P * (1 - math.exp(-(n + 1) / int(1 / (1 - 0.9)))), one_ahead=True),
    Original("Wo", 0, "metaseq", lambda n: 0.0 if n <= 20 else P * (n - 20) / W, until=20 + W),
    Original(
        "Wp",
        0,
        "pytorch-gradual-warmup-lr",
        lambda n: P * 8 if n > W else P * ((8 - 1) * n / W + 1),
    ),
    Original("mode 1", 0, "litgpt", litgpt),
    Original("mode 1", 1, "litgpt", litgpt),
    Original("mode 3", 1, "t5x", lambda n: P * min(1.0, n / W) / math.sqrt(max(n, W))),
    Original("W = 0", 1, "Transformers", lambda n: P * max(0.0, (T - n) / max(1, T - 0))),
]

# Curves --------------------------------------------------------------------------------------------------------------


def olmo_core_half_cosine(n: int) -> float:
    if n < W:
        return (F + (P - F) / 2) * n / W
    if n >= T:
        return F
    s, d = n - W, T - W
    return F + (P - F) * (1 + math.cos(math.pi * (s + d) / (2 * d))) / 2


def dinov3(n: int) -> float:
    points = [math.pi * i / 104 for i in range(105)][:100]
    values = [(math.cos(x) + 1) / 2 for x in points]
    last = values[-1]
    return (values[n] - last) / (1 - last) * (P - F) + F


def levanter_inverse(n: int) -> float:
    return max(F, P / ((P / F - 1) * max(n, 1) / T + 1))


def axolotl_rex(n: int) -> float:
    if n >= T:
        return F
    z = (T - n % T) / T
    return P * (F / P + (1.0 - F / P) * (z / (0.1 + 0.9 * z)))


def hyperbolic(n: int) -> float:
    """By how much its curve has fallen, as a part of peak less infimum."""

    def h(x: int) -> float:
        return math.sqrt((T - x) / 250 * (2 - (T + x) / 250))

    return h(n) - h(0)


def chebyshev(n: int) -> float:
    permutation = [0]
    while len(permutation) < 8:
        last = 2 * len(permutation) - 1
        permutation = [index for k in permutation for index in (k, last - k)]
    k = permutation[min(max(n - 2, 0), 7)]
    return P / ((1.0 + 0.05) / 2 - (1.0 - 0.05) / 2 * math.cos((k + 0.5) * math.pi / 8))


def interpolated(points: list[tuple[float, float]], x: float) -> float:
    if x <= points[0][0]:
        return points[0][1]
    for (here, a), (there, b) in pairwise(points):
        if x <= there:
            return a + (b - a) * (x - here) / (there - here)
    return points[-1][1]


CURVES = [
    Original("B3'", 0, "fastai", lambda n: P + (F - P) * (n / T) ** 3, until=T),
    Original("B4h", 0, "OLMo-core", olmo_core_half_cosine, first=1),
    Original("B4q", 0, "PaddleClas", lambda n: P * max(0, math.cos(math.pi * 7 / 16 * n / T))),
    Original("B4q", 2, "ParlAI", lambda n: P * math.cos(math.pi * n / (2 * T))),
    Original("B4x", 0, "OLMo", lambda n: F if n >= T else F + (1 - n / T) * (P - F) * half(n / T), first=1),
    Original("B4d", 0, "DINOv3", dinov3, until=T),
    Original("B5", 0, "fastai", lambda n: P * (F / P) ** (n / T), until=T),
    Original("B5", 1, "SpeechBrain", lambda n: min(P, P * 0.01 ** (n / T))),
    Original("B6", 0, "Megatron-LM", lambda n: F if n > T else F + (2 * 0.5 ** (n / T) - 1) * (P - F)),
    Original("B6", 2, "dolomite-engine", lambda n: F + (P - F) * (math.exp(1 - n / T) - 1) / (math.e - 1)),
    Original("B7", 0, "lingua", lambda n: P / (n / T / (F / P) + (1 - n / T)), until=T),
    Original("B7", 1, "levanter", levanter_inverse),
    Original("B8", 0, "Transformers", lambda n: F if n >= T else P * ((1 - math.sqrt(n / T)) * (1 - F / P) + F / P)),
    Original("B9", 0, "epfml", lambda n: P * (F / P + (1 - F / P) * (1 - (n / T) ** 2)) if n < T else F),
    Original(
        "B10",
        0,
        "epfml",
        lambda n: 2 * (F + (P - F) * (1 - n / T)) - (F + (P - F) * (1 + math.cos(math.pi * n / T)) * 0.5) if n < T else F,
    ),
    Original("B11", 0, "init2winit", lambda n: P * math.sqrt(1 - (n / T) ** 2), until=T),
    Original("B12", 1, "Axolotl", axolotl_rex, first=1),
    Original("B14", 0, "HyperbolicLR", lambda n: P + (P - F) * hyperbolic(n), until=T),
    Original("B14'", 0, "HyperbolicLR", lambda n: P * (P / F) ** hyperbolic(n), until=T),
    Original("B15", 0, "pytorch_optimizer", chebyshev),
    Original(
        "B16",
        0,
        "ParameterSchedulers.jl",
        lambda n: (P - F) * abs(math.sin(math.pi * (n - 1) / 40)) + F,
        first=1,
        bare=False,
    ),
    Original("B17", 1, "scenic", lambda n: interpolated([(10, 1e-3), (40, 6e-4), (70, 3e-4), (100, 1e-5)], n)),
]

# Decays without an end -----------------------------------------------------------------------------------------------


def noam(n: float, d: float = 64) -> float:
    return d**-0.5 * min(n**-0.5, n * W**-1.5)


def big_vision_rsqrt(n: int, timescale: float = 40, shift: float = 0) -> float:
    lr = P / math.sqrt(1 + (n + shift - W) / timescale) if n >= W else P / math.sqrt(1 + shift / timescale)
    return lr * min(1.0, n / W)


def speechbrain_noam_interval(n: int) -> float:
    scale = noam(n)
    for step, rate in ((40, 0.5), (80, 0.5)):
        if n > step:
            scale = scale * rate
    return scale


def edm2(images: int, batch: int = 32) -> float:
    return P / math.sqrt(max(images / (40 * batch), 1)) * min(images / (W * batch), 1)


def olmo_core_power(n: int) -> float:
    return P * n / W if n <= W else P * (n / W) ** -0.51


DECAYS = [
    Original("U1", 3, "Paddle", lambda n: P * math.exp(-0.05 * n)),
    Original("U1", 4, "GPT-NeoX", lambda n: P * math.exp(-0.693 * n / T), until=T),
    Original("U1", 5, "OpenNMT", lambda n: P * 0.5 ** (max(n - 50 + 10, 0) // 10), first=1),
    Original("U1", 6, "Thinc", lambda n: min(F * 1.05**n, P)),
    Original("U3", 1, "lingua", lambda n: P * n / W if n < W else P * max(W**0.5 / n**0.5, 0.3)),
    Original("U3", 2, "OLMo-core", lambda n: P * n / W if n < W else F + (P - F) * math.sqrt(W / n), first=1),
    Original("U3", 3, "lingua", lambda n: P * n / W if n < W else P * W**0.7 / n**0.7),
    Original("U3s", 1, "big_vision", lambda n: big_vision_rsqrt(n, shift=20)),
    Original("U3s", 2, "levanter", lambda n: P * n / W if n < W else P * min(1, math.sqrt(40 / max(n - W + W, 1)))),
    Original("U3s", 3, "init2winit", lambda n: P * math.sqrt(40) / math.sqrt(n + 40)),
    Original("U4", 0, "tensor2tensor", lambda n: 64**-0.5 * min((n + 1) * W**-1.5, (n + 1) ** -0.5), one_ahead=True),
    Original("U4", 1, "AllenNLP", lambda n: noam(max(n, 1))),
    Original("U4", 2, "Paddle", lambda n: 64**-0.5 * min(1 if n == 0 else n**-0.5, W**-1.5 * n)),
    Original("U4", 3, "fairseq2", lambda n: n * W**-1.5 if n < W else n**-0.5),
    Original("U4", 4, "praxis", lambda n: noam(min(n + 1, 80)), one_ahead=True),
    Original("U4", 5, "ESPnet", lambda n: P * W**0.5 * min(n**-0.5, n * W**-1.5), first=1),
    Original("U4w", 0, "SpeechBrain", speechbrain_noam_interval, first=1),
    Original("U4w", 1, "OpenNMT", lambda n: noam(n) * 0.5 ** (max(n - 40 + 20, 0) // 20), first=1),
    Original("U5", 0, "t5x", lambda n: 1 / math.sqrt(max(n, 25))),
    Original("U5", 2, "Transformers", lambda n: min(1e-2, 1 / math.sqrt(n)), first=1),
    Original("U5", 3, "Transformers", lambda n: min(1e-6 * n, 1 / math.sqrt(n)), first=1),
    Original("U5", 4, "axlearn", lambda n: min(n * W ** (-0.5 - 1), n**-0.5), first=1),
    Original("U6", 0, "OLMo-core", olmo_core_power, first=1),
    Original("U6", 1, "levanter", lambda n: P if n == 0 else min(P, 4e-3 * n**-0.51)),
    Original("U6", 3, "TensorFlow Models", lambda n: P * max(n, 1) ** -0.5),
    Original("U7", 0, "EDM2", lambda n: edm2(n * 32)),
    Original("U7", 1, "EDM2", lambda n: edm2(n * 32)),
    Original("U8", 0, "SpeechBrain", lambda n: P * n / W if n < W else P if n < W + 40 else P * W / (n - 40)),
]


def icefall(batch: int) -> float:
    epoch = (batch - 1) // 20
    factor = ((batch**2 + 50**2) / 50**2) ** -0.25 * (((epoch**2 + 2**2) / 2**2) ** -0.25)
    warm = 1.0 if batch >= W else 0.5 + (1.0 - 0.5) * (batch / W)
    return P * factor * warm


DECAYS.append(Original("U9", 0, "icefall", icefall, first=1))

# Steps and cycles ----------------------------------------------------------------------------------------------------


def mxnet_factor(n: int) -> float:
    lr, count = P, 0
    while n > count + 30:
        count += 30
        lr = max(lr * 0.1, F)
    return lr


def fairseq_fixed(n: int) -> float:
    epoch, rates = n // 10, [1e-3, 8e-4, 5e-4]
    return rates[epoch] if epoch < 3 else rates[-1] * 0.5 ** (epoch + 1 - 3)


def fairseq_cosine(n: int) -> float:
    i = math.floor(math.log(1 - n / 20 * (1 - 2), 2))
    length = 2**i * 20
    done = n - (1 - 2**i) / (1 - 2) * 20
    shrink = 0.5**i
    return F * shrink + 0.5 * (P * shrink - F * shrink) * (1 + math.cos(math.pi * done / length))


def mmengine_restarts(n: int) -> float:
    """It multiplies its way down each period, and leaves the rate alone when the periods are over."""
    value = P
    for step in range(min(n, 30 + 70 - 1) + 1):
        begin, period, peak = (0, 30, P) if step < 30 else (30, 70, 0.5 * P)
        s = step - begin
        if s == 0:
            value = peak
        else:
            value = (1 + math.cos(math.pi * s / period)) / (1 + math.cos(math.pi * (s - 1) / period)) * (value - F) + F
    return value


def darknet_restarts(n: int) -> float:
    """At the end of a cycle it is still in it, at the floor."""
    begin, cycle = 0, 20
    while begin + cycle < n:
        begin += cycle
    return F + 0.5 * (P - F) * (1 + math.cos((n - begin) * math.pi / cycle))


def fairseq_triangular(n: int) -> float:
    cycle = math.floor(n / (2 * 20))
    peak = P * 0.5**cycle
    x = abs(n / 20 - 2 * (cycle + 1) + 1)
    return 1e-4 + (peak - 1e-4) * max(0, 1 - x)


def thinc_triangular(n: int) -> float:
    it = n + 1
    cycle = math.floor(1 + it / (2 * 20))
    x = abs(it / 20 - 2 * cycle + 1)
    return 1e-4 + (P - 1e-4) * max(0, 1 - x)


def mmcv_cyclic(n: int) -> float:
    s = n % 40
    a, b, start, stop = (1e-4, 1e-4 * 10, 0, 16) if s < 16 else (1e-4 * 10, 1e-4 * 1e-4, 16, 40)
    return b + 0.5 * (a - b) * (math.cos(math.pi * (s - start) / (stop - start)) + 1)


def axolotl_jagged(n: int) -> float:
    inner = P * n / W if n < W else P * max(0.0, half((n - W) / (T - W)))
    if n < 30 - 5:
        return inner
    q = n % 30
    if q < 5:
        part = min(1.0, q / 5)
    elif q > 30 - 5:
        part = min(1.0, (30 - q) / 5)
    else:
        part = 1.0
    return inner * (part * (1 - 0.1) + 0.1)


def levanter_cycles(n: int) -> float:
    q = n % 50
    if q >= 30:
        return P + (1e-4 - P) * (q - 30) / 20
    if n < 50:
        return P * q / 10 if q < 10 else P
    return 1e-4 + (P - 1e-4) * q / 5 if q < 5 else P


def echo(n: int) -> float:
    if n < 60:
        return P * half(n / 60)
    s = n - 60
    return 5e-4 * s / 5 if s < 5 else 5e-4 * half((s - 5) / 35)


def vissl_adaptive(n: int) -> float:
    wave, peak = n % 25 / 25, F + (P - F) * half(n // 25 * 25 / T)
    return F + (peak - F) * half(wave)


STEPS_AND_CYCLES = [
    Original("P1", 1, "MXNet", mxnet_factor),
    Original("P1", 2, "SpeechBrain", lambda n: P * 0.1 ** math.floor((1 + n) / 30), one_ahead=True),
    Original("P3", 4, "fairseq", fairseq_fixed),
    Original("P7", 0, "DINOv2", lambda n: [1e-3, 8e-4, 5e-4, 2e-4, 0.0][n] if n < 5 else 0.0),
    Original("C1", 1, "fairseq", fairseq_cosine),
    Original("C1", 4, "katsura-jp", lambda n: P * (n % 20) / 5 if n % 20 < 5 else F + (P - F) * half((n % 20 - 5) / 15)),
    Original("C1", 5, "MMEngine", mmengine_restarts),
    Original("C1", 6, "darknet", darknet_restarts, first=1),
    Original("C3", 3, "VISSL", vissl_adaptive, until=T),
    Original("C4", 4, "fairseq", fairseq_triangular),
    Original("C4", 5, "Thinc", thinc_triangular, one_ahead=True),
    Original("C5", 0, "mmcv", mmcv_cyclic),
    Original(
        "C5",
        1,
        "ParameterSchedulers.jl",
        lambda n: P / 2 ** math.floor((n - 1) / 20) * abs(math.sin(math.pi * (n - 1) / 20)),
        first=1,
    ),
    Original("C6", 1, "CoreNet", lambda n: P + (F - P) * (n % 20) / (20 - 1)),
    Original("C7", 1, "Axolotl", axolotl_jagged, first=1, until=T),
    Original("C8", 0, "init2winit", echo, until=T),
    Original("C9", 0, "levanter", levanter_cycles),
]

# Compositions with a name --------------------------------------------------------------------------------------------


def olmo_core_wsds(n: int) -> float:
    """Periods of 50, the end of which belongs to them; a warmup in the first."""
    x = (n - 1) % 50 + 1
    if n <= W:
        return P * n / W
    return P * (50 - x) / 10 if x > 40 else P


def olmo_core_power_and_line(n: int) -> float:
    return olmo_core_power(n) if n < 80 else olmo_core_power(80) * min(T - n, 20) / 20


def olmo_core_cosine_and_line(n: int) -> float:
    def cosine(m: int) -> float:
        return P * m / W if m < W else 1e-4 + (P - 1e-4) * half((m - W) / (T - W))

    return cosine(n) if n < T - 20 else cosine(T - 20) * min(T - n, 20) / 20


def axolotl_decay_constant(n: int) -> float:
    if n < W:
        return P * n / W
    n = min(n, int(T * 0.8))
    return P * ((1 - 0.1) * half((n - W) / (80 - W)) + 0.1)


def maxtext(n: int) -> float:
    return P * n / W if n < W else 1e-4 + (P - 1e-4) * half((n - W) / (80 - W)) if n < 80 else 0.0


def slanted(n: int) -> float:
    cut = int(T * 0.1)
    part = n / cut if n < cut else 1 - (n - cut) / (T - cut)
    return P * (1 + part * (32 - 1)) / 32


def interpolating_log(n: int) -> float:
    q = (1 / 1e-7) ** (1 / (T - 1))
    if n <= 0:
        return 1e-7
    return 1e-7 * q ** (n - 1) if n < T else 1.0


def olmo_core_composable(n: int) -> float:
    if n <= 10:
        return P * n / 10
    if n <= 70:
        return 2e-4 + (P - 2e-4) * half((n - 10) / 60)
    return 2e-4 * (1 - (n - 70) / 30)


def lightly(n: int, first: int) -> float:
    if n < first:
        return 0.0
    if n < first + W:
        return P * (n - first) / W
    return P * (1 - (n - first - W) / (T - first - W)) ** 0.9


def olmo_larger(n: int) -> float:
    """Both of its schedules begin their warmup at a tenth."""
    warm = P * (0.1 + 0.9 * min(n, W) / W)
    wave = warm if n < W else 0.1 * P if n >= T else 0.1 * P + (P - 0.1 * P) * half((n - W) / (T - W))
    root = warm if n < W else P * math.sqrt(W / max(W, n))
    return max(wave, root)


COMPOSITIONS = [
    Original("N5", 8, "fastai", lambda n: P if n < 75 else P / 1e5 + (P - P / 1e5) * half((n - 75) / 25), until=T),
    Original("N6", 1, "OLMo-core", olmo_core_wsds, first=1, until=T),
    Original("N8", 0, "OLMo-core", olmo_core_power_and_line, first=1, until=T - 1),
    Original("N8", 1, "big_vision", lambda n: big_vision_rsqrt(n) * min(1.0, (T - n) / 20), until=T),
    Original("N8", 2, "big_vision", lambda n: big_vision_rsqrt(n) * min(1.0, (T - n) / 20), until=T),
    Original("N9", 0, "OLMo-core", olmo_core_cosine_and_line, first=1, until=T - 1),
    Original("N9", 1, "Axolotl", axolotl_decay_constant),
    Original("N9", 3, "MaxText", maxtext),
    Original("N10", 0, "AllenNLP", slanted, until=T),
    Original("N10", 1, "Thinc", lambda n: slanted(n + 1), one_ahead=True, until=T - 1),
    Original("N11", 3, "Lightning", lambda n: 1e-7 * (1 / 1e-7) ** ((n + 1) / T) if n > 0 else 1e-7, until=T - 1),
    Original("N11", 4, "Axolotl", interpolating_log),
    Original("N13", 1, "OLMo-core", olmo_core_composable, first=1, bare=True, until=T - 1),
    Original("N14", 0, "LightlyTrain", lambda n: lightly(n, 0), until=T),
    Original("N14", 1, "LightlyTrain", lambda n: lightly(n, 20), until=T),
    Original("N15", 0, "OLMo", olmo_larger, first=1),
    Original("N16", 0, "schedule_free", lambda n: P * ((n + 1) / W if n < W else 1.0), one_ahead=True),
    Original("N16", 1, "schedule_free", lambda n: (n + 1) * (P * min((n + 1) / W, 1)) ** 2, one_ahead=True),
]

# Other hyperparameters -----------------------------------------------------------------------------------------------


def inverse_gamma(n: int) -> float:
    """Diffusers, timm and ema-pytorch count the updates taken, and take one off again."""
    step = max(0, n - 0 - 1)
    return 0.0 if step <= 0 else min(1 - (1 + step) ** (-2 / 3), 0.9999)


def diffusers_average(n: int) -> float:
    step = max(0, n - 0 - 1)
    return 0.0 if step <= 0 else min(0.9999, (1 + step) / (10 + step))


def ademamix_beta3(n: int) -> float:
    def half_life(b: float) -> float:
        return math.log(0.5) / math.log(b) - 1

    x = min(n / T, 1.0)
    return 0.5 ** (1 / ((1 - x) * half_life(0.9) + x * half_life(0.9999) + 1))


def deepspeed_difficulty(n: int) -> float:
    size = math.floor(min(n / T, 1.0) * (1024 - 100) + 100)
    return size - size % 128


def deepspeed_sevens(n: int) -> float:
    size = math.floor(min(n / T, 1.0) * (64 - 16) + 16)
    return size - size % 7


OTHERS = [
    Original("H2", 0, "modded-nanogpt", lambda n: (1 - min(n / 30, 1)) * 0.85 + min(n / 30, 1) * 0.95),
    Original("H3", 0, "DINO", lambda n: 0.4 + 0.5 * (0.04 - 0.4) * (1 + math.cos(math.pi * n / T)), until=T),
    Original("H4", 0, "DINO", lambda n: 1 + 0.5 * (0.996 - 1) * (1 + math.cos(math.pi * n / T)), until=T),
    Original("H4", 2, "ultralytics", lambda n: 0.9999 * (1 - math.exp(-n / 2000)), first=1),
    Original("H4", 3, "timm", inverse_gamma, first=1),
    Original("H4", 3, "Diffusers", inverse_gamma, first=1),
    Original("H4", 4, "Diffusers", diffusers_average, first=1),
    Original("H4", 6, "torch", lambda n: 1 / (n + 1)),
    Original("H5", 0, "optax", lambda n: 1 - (n + 1) ** -0.8, one_ahead=True),
    Original("H5", 1, "big_vision", lambda n: min(0.95, 1 - (n + 1) ** -0.8), one_ahead=True),
    Original("H5", 2, "InternEvo", lambda n: max(0.9, 1 - max(n, 1) ** -0.8)),
    Original("H6", 0, "AdEMAMix", lambda n: min(n / T, 1.0) * 5.0, first=1, bare=True),
    Original("H6", 1, "AdEMAMix", ademamix_beta3, first=1, bare=True),
    Original("H7", 0, "DINO", lambda n: 0.04 + (0.07 - 0.04) * n / 29 if n < 30 else 0.07),
    Original("H7", 2, "DINOv2", lambda n: 0.0 if n < 20 else F + 0.5 * (P - F) * (1 + math.cos(math.pi * n / T)), until=T),
    Original("H9", 0, "DeepSpeed", deepspeed_difficulty, first=1, bare=True),
    Original("H10", 0, "OLMo", lambda n: 0.1 if n <= 10 else 1.0, first=1),
]

# Schedules of schedules ----------------------------------------------------------------------------------------------


def olmo_core_sequential(n: int) -> float:
    if n <= 40:
        return P + (5e-4 - P) * n / 40
    return 5e-4 * 0.5 ** ((n - 40) / 20)


def paddle_warmup(n: int) -> float:
    return P * n / W if n < W else P * 0.1 ** ((n - W) // 30)


def symmetric(n: int) -> float:
    """Of ParameterSchedulers.jl, with a period of 100; its functions begin at 1."""
    s = n - 1 if n - 1 < 50 else 100 - (n - 1)
    return F + (P - F) * half(s / 50)


def olmo_core_override(n: int) -> float:
    def main(m: int) -> float:
        return P * m / W if m < W else P * half((m - W) / 990)

    return main(n) if n < 60 else main(60) * max(0.0, 1 - (n - 60) / 40)


CONSTRUCTIONS = [
    Original("K2", 0, "OLMo-core", olmo_core_sequential, first=1, bare=True),
    Original("K6", 0, "burn", lambda n: 1e-4 + (F + (P - F) * half(min(n, T) / T))),
    Original("K6", 1, "burn", lambda n: (1e-4 + (F + (P - F) * half(min(n, T) / T))) / 2),
    Original("K7", 0, "OLMo", lambda n: max(1e-4, F + (P - F) * half(min(n, T) / T)), first=1, bare=True),
    Original("K8", 0, "Paddle", paddle_warmup),
    Original("K10", 0, "t5x", lambda n: F + (P - F) * half(min(max(0, n - 20), 80) / 80)),
    Original("K11", 0, "Composer", lambda n: F + (P - F) * half(min(n / (50 * 2), 1))),
    Original("K11", 3, "init2winit", lambda n: F + (P - F) * half(min(n // 2, 50) / 50)),
    Original("K12", 0, "fastai", lambda n: P + (F - P) * (n / T) ** 2, until=T),
    Original("K13", 0, "ParameterSchedulers.jl", lambda n: P + (F - P) * ((n - 1) % 20) / 20, first=1),
    Original("K14", 1, "ParameterSchedulers.jl", symmetric, first=1, until=T),
    Original("K16", 0, "optax", lambda n: max(P * 0.5 ** (n / 20), 1e-4)),
    Original("K17", 0, "Transformers", lambda n: P * (half(min(n, T) / T) * (1 - 0.01) + 0.01)),
    Original("K18", 0, "Lightning", lambda n: F + (P - F) * half(min(n // 10 * 10, T) / T)),
    Original(
        "K21",
        0,
        "ParameterSchedulers.jl",
        lambda n: (P + (5e-4 - P) * min(n - 1, 50) / 50) * half((n - 1) / T),
        first=1,
        until=T,
    ),
    Original("K22", 0, "OLMo-core", olmo_core_override, first=1, bare=True),
    Original("K23", 0, "ParameterSchedulers.jl", lambda n: F + (P - F) * half(min((n - 1) // 2, 50) / 50), first=1),
    Original("K25", 0, "DeepSpeed", lambda n: 512 / 256 * (F + (P - F) * half(min(n, T) / T))),
    Original("K25", 1, "DeepSpeed", lambda n: math.sqrt(512 / 256) * (F + (P - F) * half(min(n, T) / T))),
    Original("K27", 0, "pytorch_optimizer", lambda n: 0.8 + (0.9 - 0.8) * half(min(n, T) / T)),
    Original("K28", 1, "DeepSpeed", deepspeed_sevens, first=1, bare=True),
    Original("K29", 0, "t5x", lambda n: P * min(1.0, n / W)),
]

# Of single tools -----------------------------------------------------------------------------------------------------


def object_detection(n: int) -> float:
    if n > T:
        return 0.0
    if n < W:
        return (P - 1e-4) / W * n + 1e-4
    return 0.5 * P * (1 + math.cos(math.pi * (n - W - 20) / (T - W - 20))) if n > W + 20 else P


def lavis(n: int) -> float:
    epoch, step = n // 20, n % 20
    if epoch == 0:
        return min(P, 1e-4 + (P - 1e-4) * step / max(W, 1))
    return (P - F) * 0.5 * (1.0 + math.cos(math.pi * epoch / 5)) + F


def rwkv(n: int) -> float:
    progress = min(1, max(0, (n - W + 1) / (T - W)))
    lr = P * math.exp(math.log(F / P) * progress)
    return lr * (0.2 + 0.8 * n / W) if n < W else lr


def mlx(n: int) -> float:
    if n < W + 1:
        return P * min(n, W) / W
    s = min(n - W - 1, T)
    return F + 0.5 * (P - F) * (1.0 + math.cos(math.pi / T * s))


SINGLE_TOOLS = [
    Original("S9", 0, "stable-baselines3", lambda progress: F + progress * (P - F), until=2),
    Original("S10", 0, "MLX", mlx),
    Original("S11", 0, "TensorFlow Object Detection", object_detection),
    Original("S12", 0, "Caffe", lambda n: P * (1.0 / (1.0 + math.exp(0.1 * (n - 50))))),
    Original("S13", 0, "LAVIS", lavis, until=T),
    Original("S14", 0, "RWKV", rwkv, one_ahead=True),
    Original("S15", 0, "spaCy", lambda n: P * n / W if n < W else P * max(0.0, (T - n) / max(1, T - W))),
    Original("S16", 0, "TRL", lambda n: max((10 + 1.0 * n) ** -0.5, 0.0), first=1, bare=True),
    Original("S16", 1, "TRL", lambda n: (10 + 1.0 * n) ** -0.2, first=1, bare=True),
]

ORIGINALS = [
    *WARMUPS,
    *CURVES,
    *DECAYS,
    *STEPS_AND_CYCLES,
    *COMPOSITIONS,
    *OTHERS,
    *SINGLE_TOOLS,
    *CONSTRUCTIONS,
]
