"""Who may call what: the whole matrix, spelled out, and nothing that nobody declared."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client

from tests.architecture.routes import Route, endpoints, routes, views
from tests.factories import Person, make_person, make_tenant
from voiceassets.api.operations import METHODS, Endpoint
from voiceassets.core import ids
from voiceassets.tenants.permissions import Role

EVERYBODY = "owner brand_manager writer auditor operator app"
SPEAKING = "owner brand_manager writer app"
LOOKING = "owner brand_manager auditor operator"
WORKING = "owner brand_manager operator"
DECIDING = "owner brand_manager"
KEEPING = "owner"

MATRIX = {
    "me.get": EVERYBODY,
    "members.list": "owner brand_manager auditor",
    "members.get": "owner brand_manager auditor",
    "members.update": KEEPING,
    "members.remove": KEEPING,
    "service_accounts.create": KEEPING,
    "roles.list": "owner brand_manager auditor",
    "roles.get": "owner brand_manager auditor",
    "roles.create": KEEPING,
    "roles.update": KEEPING,
    "roles.delete": KEEPING,
    "invitations.list": "owner brand_manager auditor",
    "invitations.create": KEEPING,
    "invitations.revoke": KEEPING,
    "keys.list": "owner brand_manager auditor",
    "keys.issue": KEEPING,
    "keys.revoke": KEEPING,
    "keys.rotate": KEEPING,
    "speakers.list": EVERYBODY,
    "speakers.create": DECIDING,
    "speakers.get": EVERYBODY,
    "speakers.update": DECIDING,
    "speakers.archive": DECIDING,
    "speakers.erase": DECIDING,
    "speakers.erasure": LOOKING,
    "speakers.erasure_page": LOOKING,
    "speakers.erasure_pdf": LOOKING,
    "holds.list": LOOKING,
    "holds.place": KEEPING,
    "holds.lift": KEEPING,
    "speakers.grants.list": EVERYBODY,
    "speakers.grants.add": DECIDING,
    "speakers.grants.withdraw": DECIDING,
    "speakers.likenesses": LOOKING,
    "speakers.voiceprint.revoke": DECIDING,
    "no_go.list": LOOKING,
    "no_go.add": DECIDING,
    "no_go.get": LOOKING,
    "no_go.appeals.list": LOOKING,
    "no_go.appeals.open": DECIDING,
    "appeals.sign": DECIDING,
    "appeals.deny": DECIDING,
    "lexicon.get": EVERYBODY,
    "lexicon.replace": DECIDING,
    "lexicon.pls": EVERYBODY,
    "speakers.lexicon.pls": EVERYBODY,
    "speakers.lexicon.get": EVERYBODY,
    "speakers.lexicon.replace": DECIDING,
    "speakers.rights": EVERYBODY,
    "speakers.usage": "owner brand_manager auditor",
    "speakers.usage_table": "owner brand_manager auditor",
    "rights.forecast": LOOKING,
    "consents.list": LOOKING,
    "consents.create": DECIDING,
    "consents.get": LOOKING,
    "consents.attach_evidence": DECIDING,
    "consents.give_notice": DECIDING,
    "consents.statement": LOOKING,
    "consents.receipt": LOOKING,
    "consents.receipt_page": LOOKING,
    "consents.receipt_pdf": LOOKING,
    "consents.revoke": DECIDING,
    "uploads.open": WORKING,
    "uploads.get": WORKING,
    "recordings.list": LOOKING,
    "recordings.create": WORKING,
    "recordings.get": LOOKING,
    "recordings.delete": WORKING,
    "recordings.transcript": WORKING,
    "recordings.review": DECIDING,
    "recordings.prepare": WORKING,
    "recordings.denoise": WORKING,
    "segments.update": DECIDING,
    "datasets.list": LOOKING,
    "datasets.create": WORKING,
    "datasets.get": LOOKING,
    "datasets.freeze": WORKING,
    "finetunes.list": LOOKING,
    "finetunes.create": WORKING,
    "finetunes.estimate": WORKING,
    "finetunes.get": LOOKING,
    "versions.list": EVERYBODY,
    "versions.get": EVERYBODY,
    "versions.approve": DECIDING,
    "versions.reject": DECIDING,
    "versions.retire": DECIDING,
    "versions.lineage": EVERYBODY,
    "styles.add": WORKING,
    "styles.remove": WORKING,
    "evaluations.list": EVERYBODY,
    "evaluations.create": DECIDING,
    "evaluations.report": EVERYBODY,
    "synthesis.list": EVERYBODY,
    "synthesis.create": SPEAKING,
    "synthesis.get": EVERYBODY,
    "synthesis.captions": EVERYBODY,
    "assets.list": EVERYBODY,
    "assets.get": EVERYBODY,
    "assets.delete": DECIDING,
    "assets.download": SPEAKING,
    "assets.link": SPEAKING,
    "assets.lineage": EVERYBODY,
    "assets.rederive": "owner brand_manager auditor",
    "jobs.list": EVERYBODY,
    "jobs.get": EVERYBODY,
    "jobs.cancel": "owner brand_manager writer operator app",
    "jobs.events": EVERYBODY,
    "verify.file": EVERYBODY,
    "batches.list": EVERYBODY,
    "batches.create": SPEAKING,
    "batches.get": EVERYBODY,
    "batches.lines": EVERYBODY,
    "batches.cancel": "owner brand_manager writer operator app",
    "batches.archive": SPEAKING,
    "usage.get": LOOKING,
    "webhooks.list": LOOKING,
    "webhooks.create": DECIDING,
    "webhooks.get": LOOKING,
    "webhooks.update": DECIDING,
    "webhooks.rotate": DECIDING,
    "webhooks.deliveries": LOOKING,
    "webhooks.replay": DECIDING,
    "audit.list": "owner brand_manager auditor",
    "audit.get": "owner brand_manager auditor",
    "audit.searches.list": "owner brand_manager auditor",
    "audit.searches.create": "owner brand_manager auditor",
    "audit.searches.get": "owner brand_manager auditor",
    "audit.searches.update": "owner brand_manager auditor",
    "audit.searches.delete": "owner brand_manager auditor",
    "audit.searches.events": "owner brand_manager auditor",
    "audit.consistency": "owner brand_manager auditor",
    "audio.speech": SPEAKING,
    "audio.voices": EVERYBODY,
    "text_to_speech.convert": SPEAKING,
    "text_to_speech.stream": SPEAKING,
    "text_to_speech.with_timestamps": SPEAKING,
    "tts.get": SPEAKING,
    "tts.post": SPEAKING,
}

# Open to everybody, because they say nothing of any tenant or carry a signature of their own.
WITHOUT_KEY = {
    "/healthz",
    "/readyz",
    "/v1/openapi.json",
    "/docs",
    "/v1/transfers/<str:token>",
}
# The pages, where people sign in; tests/web looks after them.
BROWSERS = ("/account/", "/operators/")


def call(person: Person | None, route: Route) -> int:
    missing = {name: ids.encode("spk", uuid.uuid4()) for name in route.path_parameters}
    headers = person.headers if person else {}
    client = Client(headers=headers)
    response = client.generic(
        route.method, route.path(missing), b"{}", content_type="application/json"
    )
    return int(response.status_code)


def test_every_operation_is_in_the_matrix() -> None:
    assert {route.operation.name for route in routes()} == set(MATRIX)
    assert len(routes()) == len(MATRIX)


@pytest.mark.django_db
@pytest.mark.parametrize("role", list(Role))
def test_a_role_may_do_what_the_matrix_says_and_nothing_else(role: Role) -> None:
    person = make_person(make_tenant("acme"), role.value, role)
    refused = {route.operation.name for route in routes() if call(person, route) == 403}
    assert refused == {name for name, roles in MATRIX.items() if role.value not in roles.split()}


@pytest.mark.django_db
def test_nothing_works_without_a_key() -> None:
    open_to_all = {route.operation.name for route in routes() if call(None, route) != 401}
    assert open_to_all == {"verify.file"}


def test_every_route_is_an_endpoint_or_known_to_be_open() -> None:
    others = {
        template
        for template, view in views()
        if not (isinstance(view, type) and issubclass(view, Endpoint))
        and not template.startswith(BROWSERS)
    }
    assert others == WITHOUT_KEY


@pytest.mark.django_db
def test_a_method_nobody_declared_answers_405() -> None:
    owner = make_person(make_tenant("acme"), "Alice", Role.OWNER)
    client = Client(headers=owner.headers)
    for template, endpoint in endpoints():
        path = template.replace("<str:", "x").replace(">", "")
        declared = endpoint.operations()
        for method in {*METHODS, "options", "trace"} - set(declared):
            response = client.generic(method.upper(), path)
            assert response.status_code == 405, f"{method} {path}"
            assert response.json()["code"] == "method_not_allowed"
            assert response["Allow"] == ", ".join(name.upper() for name in declared)


@pytest.mark.django_db
def test_head_goes_with_a_get_that_only_reads() -> None:
    owner = make_person(make_tenant("acme"), "Alice", Role.OWNER)
    client = Client(headers=owner.headers)
    assert client.head("/v1/speakers").status_code == 200
    assert client.head("/tts", {"speaker": "x", "text": "y"}).status_code == 405


def test_an_operation_name_is_used_once() -> None:
    names = [route.operation.name for route in routes()]
    assert sorted(names) == sorted(set(names))
