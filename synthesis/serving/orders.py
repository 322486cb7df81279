"""What a request asks of the scheduler: sentences to decode, how urgently, for whom, until when."""

import time
from dataclasses import dataclass, field
from enum import IntEnum
from queue import SimpleQueue

from synthesis.decoding.decoder import Decoder
from synthesis.decoding.loop import Decoded, Row
from synthesis.errors import TooLate


class Priority(IntEnum):
    """Who goes first: somebody listens already, somebody waits, nobody is there."""

    LISTENING = 0
    WAITING = 1
    BATCH = 2


@dataclass(frozen=True, kw_only=True)
class News:
    """What became of one sentence: one more code, its end, or why it failed."""

    index: int
    code: int | None = None
    decoded: Decoded | None = None
    error: Exception | None = None


@dataclass(eq=False, kw_only=True)
class Order:
    """One sentence in the queue or in a batch; its news go to the mailbox of its request.

    `deadline` is a moment of the monotonic clock. `withdrawn` is set by the request, and obeyed
    between two steps.
    """

    index: int
    decoder: Decoder
    row: Row
    client: str
    priority: Priority
    deadline: float | None
    wants_codes: bool
    mailbox: SimpleQueue[News]
    withdrawn: bool = False
    told: int = field(default=0, init=False)

    @property
    def cost(self) -> int:
        """What the sentence takes of a client's share: about the codes that it will have."""
        return max(1, len(self.row.sentence.phones))

    @property
    def late(self) -> bool:
        """Whether its deadline has passed."""
        return self.deadline is not None and time.monotonic() > self.deadline

    def tell(self) -> None:
        """Send what the last step brought."""
        row = self.row
        if self.wants_codes:
            for code in row.codes[self.told :]:
                self.mailbox.put(News(index=self.index, code=code))
            self.told = len(row.codes)
        if row.over:
            try:
                self.mailbox.put(News(index=self.index, decoded=row.decoded()))
            except Exception as error:  # noqa: BLE001  it is the request's, which raises it
                self.fail(error)

    def fail(self, error: Exception) -> None:
        """Let the request raise this."""
        self.mailbox.put(News(index=self.index, error=error))


def too_late() -> TooLate:
    """What a request hears when its deadline has passed."""
    return TooLate("It could not be finished in the time allowed; ask again later.")
