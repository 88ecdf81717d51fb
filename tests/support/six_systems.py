"""The six systems that people write by hand today, as plainly as they can be written: the judges.

Nothing here uses the library. Each is one formula and the fewest lines that apply it to an optimizer. The page
``docs/coming-from.md`` shows these very lines.
"""

from torch.optim.lr_scheduler import CosineAnnealingLR, LambdaLR, LRScheduler, SequentialLR

# a. "Attention is all you need", section 5.3. The paper counts updates from 1.


def paper_rate(step_num, d_model, warmup_steps):
    return d_model**-0.5 * min(step_num**-0.5, step_num * warmup_steps**-1.5)


# b. A subclass of LRScheduler, stepped after every update. Torch's last_epoch is 0 at the first update.


class NoamLR(LRScheduler):
    def __init__(self, optimizer, d_model, warmup, last_epoch=-1):
        self.d_model = d_model
        self.warmup = warmup
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        step = self.last_epoch + 1
        rate = self.d_model**-0.5 * min(step**-0.5, step * self.warmup**-1.5)
        return [rate for _ in self.base_lrs]


# b, the other way to count: torch's _step_count is 1 at the first update.


class NoamLRByStepCount(LRScheduler):
    def __init__(self, optimizer, d_model, warmup, last_epoch=-1):
        self.d_model = d_model
        self.warmup = warmup
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        step = self._step_count
        rate = self.d_model**-0.5 * min(step**-0.5, step * self.warmup**-1.5)
        return [rate for _ in self.base_lrs]


# b, in proportion to the rate that each group was built with.


class RelativeNoamLR(LRScheduler):
    def __init__(self, optimizer, d_model, warmup, last_epoch=-1):
        self.d_model = d_model
        self.warmup = warmup
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        step = self.last_epoch + 1
        factor = self.d_model**-0.5 * min(step**-0.5, step * self.warmup**-1.5)
        return [base_lr * factor for base_lr in self.base_lrs]


# c. A wrapper around the optimizer. Its state is everything but the optimizer, which is saved apart.


class NoamOpt:
    def __init__(self, model_size, warmup, optimizer):
        self.model_size = model_size
        self.warmup = warmup
        self.optimizer = optimizer
        self._step = 0

    def rate(self, step):
        return self.model_size**-0.5 * min(step**-0.5, step * self.warmup**-1.5)

    def step(self):
        self._step += 1
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate(self._step)
        self.optimizer.step()

    def state_dict(self):
        return {name: value for name, value in self.__dict__.items() if name != "optimizer"}

    def load_state_dict(self, state):
        self.__dict__.update(state)


# d. The same with a factor. Its state has the optimizer's in it.


class NoamOptWithFactor:
    def __init__(self, model_size, factor, warmup, optimizer):
        self.model_size = model_size
        self.factor = factor
        self.warmup = warmup
        self.optimizer = optimizer
        self._step = 0

    def rate(self, step):
        return self.factor * (self.model_size**-0.5 * min(step**-0.5, step * self.warmup**-1.5))

    def step(self):
        self._step += 1
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate(self._step)
        self.optimizer.step()

    def state_dict(self):
        return {"step": self._step, "optimizer": self.optimizer.state_dict()}

    def load_state_dict(self, state):
        self._step = state["step"]
        self.optimizer.load_state_dict(state["optimizer"])


# e. Linear warmup, then linear decay, as a factor of the rate that the optimizer was built with.


def linear_warmup_linear_decay(optimizer, warmup_steps, T):
    def factor(step):
        if step < warmup_steps:
            return step / warmup_steps
        return max(0, (T - step) / max(1, T - warmup_steps))

    return LambdaLR(optimizer, factor)


# f. Logarithmic warmup, then cosine.


def log_warmup_cosine(optimizer, W, T_max, eta_min=0.0):
    warmup = LambdaLR(optimizer, lambda step: 10 ** -(W - step))
    cosine = CosineAnnealingLR(optimizer, T_max, eta_min)
    return SequentialLR(optimizer, [warmup, cosine], [W])


# f, with any other scheduler of torch in the second place.


def log_warmup_then(optimizer, W, scheduler):
    warmup = LambdaLR(optimizer, lambda step: 10 ** -(W - step))
    return SequentialLR(optimizer, [warmup, scheduler(optimizer)], [W])
