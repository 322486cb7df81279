"""/v1/audit/searches: searches of the log under a name, for whoever comes back to them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from voiceassets.api.operations import Call, Endpoint, operation
from voiceassets.api.pages import Page, filtered, page
from voiceassets.api.rows import one
from voiceassets.api.shapes import Change, PageQuery, Shape
from voiceassets.api.v1.audit import EventOut
from voiceassets.audit import searches
from voiceassets.audit.actions import Action
from voiceassets.audit.models import SavedSearch
from voiceassets.tenants.permissions import Permission

ACTIONS = [action.value for action in Action]


class Filters(serializers.Serializer[Any]):
    """What `GET /v1/audit` can be asked for; what is left out or empty asks for nothing."""

    action = serializers.ChoiceField(choices=ACTIONS, required=False, allow_blank=True)
    object_id = serializers.CharField(max_length=64, required=False, allow_blank=True)
    actor_id = serializers.CharField(max_length=64, required=False, allow_blank=True)
    trace_id = serializers.RegexField(r"^[0-9a-f]{32}$", required=False, allow_blank=True)
    since = serializers.DateTimeField(required=False, allow_null=True)
    until = serializers.DateTimeField(required=False, allow_null=True)


class SearchList(PageQuery):
    name = serializers.CharField(max_length=64, required=False)


class NewSearch(Shape, Filters):
    name = serializers.CharField(max_length=64)


class SearchChange(Change, Filters):
    name = serializers.CharField(max_length=64, required=False)


class SearchOut(serializers.Serializer[Any]):
    id = serializers.CharField(source="public_id")
    name = serializers.CharField()
    action = serializers.CharField()
    object_id = serializers.CharField()
    actor_id = serializers.CharField()
    trace_id = serializers.CharField()
    since = serializers.DateTimeField(allow_null=True)
    until = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class Searches(Endpoint):
    @operation(
        "audit.searches.list",
        Permission.AUDIT_READ,
        query=SearchList,
        answer=SearchOut,
        paged=True,
    )
    def get(self, call: Call) -> Page:
        """The company's saved searches, newest first."""
        return page(filtered(SavedSearch.objects.all(), call.query, "name"), call.query)

    @operation(
        "audit.searches.create",
        Permission.AUDIT_SEARCH,
        body=NewSearch,
        answer=SearchOut,
        status=201,
        location="/v1/audit/searches/{id}",
    )
    def post(self, call: Call) -> SavedSearch:
        """Keep a search under a name that no other has."""
        return searches.save(call.actor, **call.body)


class SearchDetail(Endpoint):
    @operation("audit.searches.get", Permission.AUDIT_READ, answer=SearchOut)
    def get(self, call: Call, search_id: str) -> SavedSearch:
        """One saved search."""
        return _search(search_id)

    @operation(
        "audit.searches.update", Permission.AUDIT_SEARCH, body=SearchChange, answer=SearchOut
    )
    def patch(self, call: Call, search_id: str) -> SavedSearch:
        """Change its name, or what it asks for."""
        return searches.change(call.actor, search=_search(search_id), **call.body)

    @operation("audit.searches.delete", Permission.AUDIT_SEARCH, status=204)
    def delete(self, call: Call, search_id: str) -> None:
        """Remove it."""
        searches.delete(call.actor, search=_search(search_id))


class SearchEvents(Endpoint):
    @operation(
        "audit.searches.events",
        Permission.AUDIT_READ,
        query=PageQuery,
        answer=EventOut,
        paged=True,
    )
    def get(self, call: Call, search_id: str) -> Page:
        """The events it finds now, newest first; `since` and `until` here come before its own."""
        search = _search(search_id)
        return page(searches.events_of(search), searches.span_of(search) | call.query, key="seq")


def _search(search_id: str) -> SavedSearch:
    return one(SavedSearch.objects.all(), search_id)
