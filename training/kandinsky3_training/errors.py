"""What a stage says when it cannot go on: one sentence with what, where, expected, got."""


class TrainingError(Exception):
    pass
