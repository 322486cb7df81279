"""What went into what, walked both ways and never across tenants."""

from __future__ import annotations

import pytest

from tests.factories import Cast, make_asset, make_voice
from voiceassets.assets.models import Asset
from voiceassets.registry import lineage
from voiceassets.registry.lineage import Direction, Edge, Node, Role
from voiceassets.registry.models import LineageEdge

pytestmark = pytest.mark.django_db


def types(edges: list[Edge]) -> set[tuple[str, str, str]]:
    return {(edge.source.type, edge.role, edge.target.type) for edge in edges}


def spoken(cast: Cast) -> Asset:
    speaker, _ = make_voice(cast)
    return make_asset(cast.bob, speaker)


def test_an_asset_leads_back_to_everything_it_rests_on(cast: Cast) -> None:
    asset = spoken(cast)
    with cast.alice.scope():
        edges = lineage.walk(asset.public_id, Direction.UP)
    assert types(edges) == {
        ("modelversion", "spoken_by", "asset"),
        ("consentrecord", "permitted_by", "asset"),
        ("consentrecord", "permitted_by", "modelversion"),
        ("dataset", "trained_on", "modelversion"),
        ("basemodel", "started_from", "modelversion"),
        ("finetune", "asked_for_by", "modelversion"),
    }
    assert [edge.depth for edge in edges] == [1, 1, 2, 2, 2, 2]


def test_a_consent_leads_to_all_that_rests_on_it(cast: Cast) -> None:
    asset = spoken(cast)
    with cast.alice.scope():
        consent = Asset.objects.get(pk=asset.pk).consent
        assert consent is not None
        below = lineage.walk(consent.public_id, Direction.DOWN)
    assert {edge.target.type for edge in below} == {"modelversion", "asset"}


def test_another_tenant_walks_nowhere(cast: Cast) -> None:
    asset = spoken(cast)
    with cast.mallory.scope():
        assert lineage.walk(asset.public_id, Direction.UP) == []


def test_a_circle_ends(cast: Cast) -> None:
    a, b = Node(type="x", id="x_a"), Node(type="x", id="x_b")
    with cast.alice.scope():
        tenant_id = cast.alice.tenant.pk
        lineage.link(tenant_id, role=Role.PART_OF, sources=[a], target=b)
        lineage.link(tenant_id, role=Role.PART_OF, sources=[b], target=a)
        assert len(lineage.walk("x_a", Direction.UP)) == 2


def test_an_edge_is_drawn_once(cast: Cast) -> None:
    a, b = Node(type="x", id="x_a"), Node(type="x", id="x_b")
    with cast.alice.scope():
        for _ in range(2):
            lineage.link(cast.alice.tenant.pk, role=Role.PART_OF, sources=[a, a], target=b)
        assert LineageEdge.objects.count() == 1
