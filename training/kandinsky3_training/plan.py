"""How long and how fast each stage trains."""

from collections.abc import Mapping
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Plan:
    """How long and how fast. The rate rises over `warmup` steps, stays, and falls linearly to a twentieth over the last `cooldown` share."""

    steps: int
    batch: int
    learning_rate: float
    seed: int = 0
    warmup: int = 200
    cooldown: float = 0.4
    average: float = 0.999
    save_every: int = 200

    def rate(self, step: int) -> float:
        rising = min(1.0, (step + 1) / self.warmup)
        falling = min(1.0, (self.steps - step) / max(1.0, self.cooldown * self.steps))
        return self.learning_rate * rising * max(0.05, falling)

    def keeps(self, done: int) -> float:
        """The share of the moving average that an update leaves; less in the beginning, when there is little worth keeping."""
        return min(self.average, done / (done + 20))

    def saves(self, done: int) -> bool:
        return done % self.save_every == 0 or done == self.steps


CPU: Mapping[str, Plan] = {
    "movq": Plan(steps=9000, batch=4, learning_rate=5e-4, seed=11, average=0.998),
    "text": Plan(steps=2000, batch=64, learning_rate=1e-3, seed=7, average=0.995),
    "base": Plan(steps=24_000, batch=16, learning_rate=1e-3, seed=1),
    "inpainting": Plan(steps=3000, batch=32, learning_rate=4e-4, seed=2),
}
CPU_GOING_ON: Mapping[str, Plan] = {
    "movq": replace(CPU["movq"], steps=3000, learning_rate=1e-4, cooldown=0.8),
    "base": replace(CPU["base"], steps=6000, learning_rate=1e-4),
    "inpainting": replace(CPU["inpainting"], steps=800, learning_rate=1e-4),
}
GPU: Mapping[str, Plan] = {
    "movq": Plan(steps=3000, batch=64, learning_rate=1e-3, seed=11, average=0.998, save_every=1000),
    "text": Plan(steps=1000, batch=1024, learning_rate=1e-3, seed=7, average=0.995, save_every=1000),
    "base": Plan(steps=8200, batch=512, learning_rate=1e-3, seed=1, warmup=500, average=0.9995, save_every=1000),
    "inpainting": Plan(steps=4600, batch=512, learning_rate=5e-4, seed=2, warmup=500, average=0.9995, save_every=1000),
}
GPU_GOING_ON: Mapping[str, Plan] = {
    "movq": replace(GPU["movq"], steps=1500),
    "base": replace(GPU["base"], steps=4000, learning_rate=3e-4),
    "inpainting": replace(GPU["inpainting"], steps=2000, learning_rate=2e-4),
}


def plan_of(stage: str, has_gpu: bool, going_on: bool) -> Plan:
    """`going_on` is with an earlier model to train on from."""
    return {(False, False): CPU, (False, True): CPU_GOING_ON, (True, False): GPU, (True, True): GPU_GOING_ON}[has_gpu, going_on][stage]
