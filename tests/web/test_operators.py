"""The operators' site: for operators with a second factor, one company at a time, on record."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from django.test import Client

from tests.factories import Cast, Person
from tests.web.conftest import PASSWORD, actions, is_in, make_operator, second_factor, sign_in
from voiceassets.audit.models import Event
from voiceassets.core.context import tenant_scope
from voiceassets.tenants.models import Tenant
from voiceassets.tenants.services import platform_tenant
from voiceassets.web.operator_pages import PAGES, OfCompany

LISTS = {
    f"/operators/{model._meta.app_label}/{model._meta.model_name}/": page
    for model, page in PAGES.items()
}
OF_COMPANY = [path for path, page in LISTS.items() if issubclass(page, OfCompany)]


@pytest.fixture
def olga() -> Client:
    make_operator()
    client = Client()
    client.post("/account/login/", {"login": "ops@platform.example", "password": PASSWORD})
    second_factor(client)
    return client


def enter(client: Client, tenant: Tenant, ticket: str = "T-1") -> int:
    form = {"company": str(tenant.pk), "ticket": ticket}
    return client.post("/operators/company/", form).status_code


def test_an_owner_of_a_company_finds_nothing_there(alice: Person) -> None:
    client = Client()
    sign_in(client, alice)
    assert client.get("/operators/", follow=True).status_code == 404
    with alice.scope():
        (event,) = Event.objects.filter(action="access.denied")
    assert event.data["code"] == "no_operator"
    stranger = Client().get("/operators/", follow=True)
    assert stranger.redirect_chain[-1][0].startswith("/account/login/?")


def test_an_operator_without_a_second_factor_is_sent_to_set_one_up(cast: Cast) -> None:
    make_operator()
    client = Client()
    client.post("/account/login/", {"login": "ops@platform.example", "password": PASSWORD})
    chain = client.get("/operators/", follow=True).redirect_chain
    assert "/account/2fa/totp/activate/" in [place for place, _ in chain]
    with tenant_scope(platform_tenant().pk):
        assert Event.objects.filter(action="access.denied").exists()


@pytest.mark.parametrize("path", OF_COMPANY)
def test_no_company_is_seen_before_it_is_entered(cast: Cast, olga: Client, path: str) -> None:
    assert olga.get(path).status_code == 403


def test_the_company_entered_is_the_only_one_seen_and_its_log_says_so(
    cast: Cast, olga: Client
) -> None:
    assert enter(olga, cast.alice.tenant) == 302
    pages = {path: olga.get(path) for path in OF_COMPANY}
    assert {page.status_code for page in pages.values()} == {200}
    everything = "".join(page.content.decode() for page in pages.values())
    assert cast.alice.membership.public_id in everything
    assert cast.mallory.membership.public_id not in everything
    assert cast.mallory.user.email not in everything
    foreign = f"/operators/tenants/membership/{cast.mallory.membership.pk}/change/"
    own = f"/operators/tenants/membership/{cast.alice.membership.pk}/change/"
    assert olga.get(own).status_code == 200
    assert olga.get(foreign, follow=True).redirect_chain, "as if it did not exist"
    assert actions(cast.alice, "tenant.entered") == ["tenant.entered"]
    assert actions(cast.mallory, "tenant.entered") == []
    olga.post("/operators/company/leave/")
    assert olga.get(OF_COMPANY[0]).status_code == 403


def test_a_company_is_entered_for_an_hour_and_with_a_reason(cast: Cast, olga: Client) -> None:
    assert enter(olga, cast.alice.tenant, ticket="because I say so!") == 200
    enter(olga, cast.alice.tenant)
    session = olga.session
    company, until = session["operators_company"]
    session["operators_company"] = [company, until - 3601]
    session.save()
    assert olga.get(OF_COMPANY[0]).status_code == 403


def test_limits_are_set_for_the_company_entered_and_no_other(cast: Cast, olga: Client) -> None:
    enter(olga, cast.alice.tenant)
    limits = {"characters_per_month": "9000", "concurrent_requests": "3"}
    for person, expected in ((cast.alice, 302), (cast.mallory, 403)):
        page = f"/operators/tenants/tenant/{person.tenant.pk}/change/"
        answer = olga.post(page, urlencode(limits), "application/x-www-form-urlencoded")
        assert answer.status_code == expected
    assert Tenant.objects.get(pk=cast.alice.tenant.pk).characters_per_month == 9000
    assert actions(cast.alice, "tenant.limited") == ["tenant.limited"]


def test_a_closed_account_loses_its_sessions_and_its_keys(
    cast: Cast, olga: Client, alice: Person
) -> None:
    client = Client()
    sign_in(client, alice)
    form = {"action": "close_accounts", "_selected_action": [str(alice.user.pk)]}
    assert olga.post("/operators/accounts/user/", form).status_code == 302
    assert not is_in(client)
    assert Client(headers=alice.headers).get("/v1/me").status_code == 401
    assert "account.closed" in actions(cast.bob)
