"""The shape of what a request may carry: typed fields, and nothing that was not asked for."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from voiceassets.api.deprecation import Deprecation


class Shape(serializers.Serializer[Any]):
    """Validates a body or a query, refuses unknown fields, and saves nothing.

    `deprecated` names the fields that are going.
    """

    deprecated: ClassVar[Mapping[str, Deprecation]] = {}

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """The framework's fields; what may be chosen is told to whoever chose something else."""
        fields = super().get_fields()
        for field in fields.values():
            choice = getattr(field, "child", field)
            if isinstance(choice, serializers.ChoiceField):
                known = ", ".join(map(str, choice.choices))
                choice.error_messages["invalid_choice"] = f"Choose one of: {known}."
        return fields

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            unknown = sorted(set(data) - set(self.fields))
            if unknown:
                known = ", ".join(self.fields) or "none"
                message = f"There is no such field here. Known fields: {known}."
                detail = ErrorDetail(message, code="unknown_field")
                raise serializers.ValidationError({str(name): [detail] for name in unknown})
        return super().to_internal_value(data)


@cache
def bound(shape: type[serializers.Serializer[Any]]) -> serializers.Serializer[Any]:
    """The shape with its fields, of which the framework otherwise makes new ones every time.

    For `run_validation` and `to_representation`, which keep nothing of what they are given.
    """
    return shape()


class Change(Shape):
    """A partial update: every field may be left out, but not all of them."""

    def validate(self, attrs: Any) -> Any:
        if not attrs:
            raise serializers.ValidationError("Send at least one field to change.", code="empty")
        return attrs


class Id(serializers.CharField):
    """The public id of something, such as `spk_06e…`; what it names is looked up by selectors."""

    def __init__(self, prefix: str, **options: Any) -> None:
        self.prefix = prefix
        super().__init__(**{"max_length": 64, **options})


class Words(serializers.ListField):
    """A list of short words, such as languages or territories."""

    def __init__(self, *, choices: list[str] | None = None, **options: Any) -> None:
        child: serializers.Field[Any, Any, Any, Any] = (
            serializers.ChoiceField(choices=choices)
            if choices
            else serializers.CharField(max_length=64)
        )
        super().__init__(child=child, max_length=64, **options)


class PageQuery(Shape):
    """Which page of a list: at most `limit` rows that come after the row `after`.

    Rows made from `since` on and before `until`.
    """

    limit = serializers.IntegerField(min_value=1, max_value=100, default=20)
    after = Id("", required=False, help_text="The `next_after` of the page before.")
    since = serializers.DateTimeField(required=False, help_text="Only what was made from then on.")
    until = serializers.DateTimeField(required=False, help_text="Only what was made before that.")
