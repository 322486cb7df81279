"""An event in the form of the Open Cybersecurity Schema Framework: API Activity, class 6003."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from voiceassets.audit.chain import canonical

VERSION = "1.3.0"
CATEGORY, CLASS = 6, 6003
OTHER = 99
# Activity of the class by what the verb of an action does; every other verb is "other".
ACTIVITY = {
    1: ("created", "added", "issued", "opened", "recorded", "uploaded", "requested", "submitted"),
    2: ("downloaded",),
    3: ("updated", "activated", "approved", "granted", "reviewed", "frozen", "released"),
    4: ("deleted", "erased", "revoked", "withdrawn", "retired", "expired", "cancelled"),
}
ACTIVITY_OF = {verb: number for number, verbs in ACTIVITY.items() for verb in verbs}
FAILED = ("refused", "failed", "rejected")
INFORMATIONAL, SUCCESS, FAILURE = 1, 1, 2


def as_ocsf(leaf: Mapping[str, Any]) -> dict[str, Any]:
    """A leaf as a collector of security events reads it; `unmapped` keeps it whole."""
    verb = leaf["action"].rpartition(".")[2]
    activity = ACTIVITY_OF.get(verb, OTHER)
    moment = datetime.fromisoformat(leaf["occurred_at"])
    return {
        "category_uid": CATEGORY,
        "class_uid": CLASS,
        "activity_id": activity,
        "type_uid": CLASS * 100 + activity,
        "severity_id": INFORMATIONAL,
        "status_id": FAILURE if verb.endswith(FAILED) else SUCCESS,
        "time": int(moment.timestamp() * 1000),
        "metadata": {
            "version": VERSION,
            "uid": leaf["id"],
            "sequence": leaf["seq"],
            "product": {"name": "Voice Assets", "vendor_name": "Voice Assets"},
            "tenant_uid": leaf["tenant_id"],
        },
        "actor": {"user": {"uid": leaf["actor_id"], "type": leaf["actor_kind"]}},
        "api": {"operation": leaf["action"], "request": {"uid": leaf["request_id"]}},
        "resources": [{"uid": leaf["object_id"], "type": leaf["object_type"]}],
        "unmapped": dict(leaf),
    }


def columns_of(event: Mapping[str, Any]) -> dict[str, Any]:
    """The same in one row, as `actor.user.uid` and `resources[0].uid`; `unmapped` stays JSON."""
    flat = dict(_columns({name: event[name] for name in event if name != "unmapped"}, ""))
    return flat | {"unmapped": canonical(event["unmapped"]).decode()}


def _columns(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _columns(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _columns(inner, f"{path}[{index}]")
    else:
        yield path, value
