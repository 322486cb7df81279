"""What every chapter of the story has at hand: the people, the stack, the ids made so far."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from voiceassets.runtime.demo.ledger import Ledger
from voiceassets.runtime.demo.person import Person
from voiceassets.runtime.layout import ROOT
from voiceassets.runtime.stack import Stack

MEMBERS = {
    "acme": ("alice@acme.test:owner", "dora@acme.test:brand_manager", "carol@acme.test:auditor"),
    "rival": ("mallory@rival.test:owner",),
}


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A recording, and the text of it where there is one."""

    recording: Path
    transcript: Path | None
    language: str = "zh"


@dataclass(kw_only=True)
class Stage:
    """Alice owns acme, Dora approves, Carol audits; Mallory is of rival."""

    stack: Stack
    ledger: Ledger
    out: Path
    main: Sample
    video: Sample
    noisy: Sample
    people: Mapping[str, Person] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Person:
        return self.people[name]

    def admit_people(self) -> None:
        """Create both tenants, as their operator would, from the command line."""
        keys: dict[str, str] = {}
        for slug, members in MEMBERS.items():
            flags = [word for member in members for word in ("--member", member)]
            keys |= json.loads(self.manage("create_tenant", slug, *flags).stdout)["keys"]
        self.people = {
            email.partition("@")[0]: Person(email, url=self.stack.url, key=key)
            for email, key in keys.items()
        }

    def manage(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """One management command, in the stack's environment."""
        return subprocess.run(
            [sys.executable, "manage.py", *words],
            env=self.stack.env,
            cwd=ROOT,
            check=check,
            capture_output=True,
            text=True,
        )
