"""Some requests made from the OpenAPI document; `make fuzz` sends many of every kind."""

from __future__ import annotations

import pytest

from tests.architecture.conftest import Worlds

# Of those that nobody has to speak for: `make fuzz` has a worker.
SOME = ("keys.issue", "roles.", "invitations.", "speakers.list", "webhooks.update", "batches.")


@pytest.mark.parametrize("only", SOME)
def test_every_answer_fits_the_description(worlds: Worlds, only: str) -> None:
    from tests.fuzz.cases import fuzz  # needs schemathesis, which takes seconds to import

    tallies = [tally for _, tally in fuzz(worlds.acme, each=4, only=only)]
    assert sum(tally.cases for tally in tallies) >= 5
    refused = {status for tally in tallies for status in tally.by_status} == {400}
    assert not refused, "nothing got as far as its operation"
    assert [failure for tally in tallies for failure in tally.failures] == []
