"""The kinds of work and the queue each waits in."""

from enum import StrEnum


class Queue(StrEnum):
    CPU = "cpu"
    BATCH = "batch"
    TRAIN = "train"
    INTERACTIVE = "interactive"


class JobKind(StrEnum):
    PREPARE = "prepare"
    FREEZE = "freeze"
    DENOISE = "denoise"
    FINETUNE = "finetune"
    ESTIMATE = "estimate"
    STYLE = "style"
    EVALUATE = "evaluate"
    EMBED = "embed"
    LISTEN = "listen"
    SYNTHESIZE = "synthesize"
    SYNTHESIZE_BATCH = "synthesize_batch"
    REDERIVE = "rederive"


QUEUE_OF: dict[JobKind, Queue] = {
    JobKind.PREPARE: Queue.CPU,
    JobKind.FREEZE: Queue.CPU,
    JobKind.DENOISE: Queue.CPU,
    JobKind.FINETUNE: Queue.TRAIN,
    JobKind.ESTIMATE: Queue.TRAIN,
    JobKind.STYLE: Queue.CPU,
    JobKind.EVALUATE: Queue.TRAIN,
    JobKind.EMBED: Queue.CPU,
    JobKind.LISTEN: Queue.CPU,
    JobKind.SYNTHESIZE: Queue.INTERACTIVE,
    JobKind.SYNTHESIZE_BATCH: Queue.BATCH,
    JobKind.REDERIVE: Queue.BATCH,
}
