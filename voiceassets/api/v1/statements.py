"""/v1/statements: what a speaker reads aloud to agree, and whether that is what was heard."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from voiceassets.api.operations import Call, Endpoint, operation
from voiceassets.api.shapes import Shape
from voiceassets.consent.statements import (
    NEAR_ENOUGH_PERCENT,
    TEXTS,
    likeness_percent,
    statement,
)
from voiceassets.tenants.models import Tenant
from voiceassets.tenants.permissions import Permission


class WantedStatement(Shape):
    language = serializers.ChoiceField(choices=list(TEXTS))
    person = serializers.CharField(max_length=200)
    heard = serializers.CharField(
        max_length=2000, required=False, help_text="A transcript to compare with the statement."
    )


class StatementOut(serializers.Serializer[Any]):
    language = serializers.CharField()
    version = serializers.CharField()
    text = serializers.CharField()
    likeness_percent = serializers.IntegerField(allow_null=True)
    near_enough = serializers.BooleanField(allow_null=True)


class Statements(Endpoint):
    @operation(
        "consents.statement", Permission.CONSENTS_READ, query=WantedStatement, answer=StatementOut
    )
    def get(self, call: Call) -> dict[str, Any]:
        """The statement in a language, naming your company; with `heard`, how near that comes."""
        company = Tenant.objects.get(pk=call.tenant_id).name
        wanted = statement(call.query["language"], person=call.query["person"], company=company)
        heard = call.query.get("heard")
        likeness = None if heard is None else likeness_percent(wanted.text, heard)
        return {
            "language": wanted.language,
            "version": wanted.version,
            "text": wanted.text,
            "likeness_percent": likeness,
            "near_enough": None if likeness is None else likeness >= NEAR_ENOUGH_PERCENT,
        }
