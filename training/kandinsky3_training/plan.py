"""How long and how fast a stage trains."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """How long and how fast. The rate rises over `warmup` steps, stays, and falls linearly to a twentieth over the last `cooldown` share."""

    steps: int
    batch: int
    learning_rate: float
    warmup: int = 200
    cooldown: float = 0.4
    average: float = 0.999
    seed: int = 0

    def rate(self, step: int) -> float:
        rising = min(1.0, (step + 1) / self.warmup)
        falling = min(1.0, (self.steps - step) / max(1.0, self.cooldown * self.steps))
        return self.learning_rate * rising * max(0.05, falling)
