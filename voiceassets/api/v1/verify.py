"""/v1/verify: what a file is, for whoever finds one."""

from __future__ import annotations

import hashlib
from typing import Any

from django.http.response import HttpResponseBase
from rest_framework import serializers
from rest_framework.response import Response

from voiceassets.api.operations import Call, Endpoint, operation
from voiceassets.api.parsers import UploadParser
from voiceassets.api.shapes import Shape
from voiceassets.api.v1.versions import EdgeOut
from voiceassets.assets import verification
from voiceassets.provenance.examine import examine
from voiceassets.provenance.laws import Layer
from voiceassets.tenants.permissions import Permission
from voiceassets.tenants.policy import allows


class FoundFile(Shape):
    file = serializers.FileField(use_url=False)


class FoundAssetOut(serializers.Serializer[Any]):
    id = serializers.CharField(source="public_id")
    state = serializers.CharField()
    speaker = serializers.CharField(source="request.speaker.public_id")
    version = serializers.CharField(source="request.version.public_id")
    released_at = serializers.DateTimeField(allow_null=True)


class SourceOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    kind = serializers.CharField()
    sha256 = serializers.CharField()


class CredentialsOut(serializers.Serializer[Any]):
    """C2PA: `Trusted` when signed by somebody this server trusts, `Invalid` when changed since."""

    state = serializers.ChoiceField(choices=["Trusted", "Valid", "Invalid"])
    signed_by = serializers.CharField()
    development = serializers.BooleanField(source="is_development")
    title = serializers.CharField()
    generated = serializers.BooleanField()
    sources = SourceOut(many=True)


class AudibleOut(serializers.Serializer[Any]):
    """The clearest audible label that was heard."""

    cue = serializers.CharField()
    language = serializers.CharField(help_text="Of the words; empty for the rhythm.")
    at_ms = serializers.IntegerField()
    score = serializers.FloatField()


class WatermarkOut(serializers.Serializer[Any]):
    name = serializers.CharField()
    score = serializers.FloatField()
    found = serializers.BooleanField(source="is_there")


class VerdictOut(serializers.Serializer[Any]):
    """Whether the file carries what a law wants, and what it lacks."""

    law = serializers.CharField(source="law.code")
    name = serializers.CharField(source="law.name")
    articles = serializers.CharField(source="law.articles")
    since = serializers.DateField(source="law.since")
    met = serializers.BooleanField()
    lacks = serializers.ListField(child=serializers.ChoiceField(choices=[*Layer]))


class SaidOut(serializers.Serializer[Any]):
    """What the file itself says, which is all that is told without the permission."""

    ai_generated = serializers.BooleanField(source="says_generated")
    made_by = serializers.CharField(help_text="Empty when nothing in the file tells.")


class FindingOut(serializers.Serializer[Any]):
    """Without the permission `assets:read` the first two fields are all."""

    ai_generated = serializers.BooleanField()
    made_by = serializers.CharField()
    label = serializers.DictField(  # type: ignore[assignment]
        source="examined.label.as_dict", default=None, allow_null=True
    )
    label_problem = serializers.CharField(source="examined.problem", required=False)
    audible = AudibleOut(source="examined.audible", default=None, allow_null=True)
    credentials = CredentialsOut(source="examined.credentials", default=None, allow_null=True)
    watermark = WatermarkOut(
        source="examined.watermark",
        default=None,
        allow_null=True,
        help_text="Nothing when this server has no package that could hear one.",
    )
    laws = VerdictOut(many=True, required=False)
    file_sha256 = serializers.CharField(required=False)
    basis = serializers.ChoiceField(
        choices=[basis.value for basis in verification.Basis],
        required=False,
        help_text="`file`: the very bytes; `samples`: the same sound in another file; `sound`: "
        "coded again with loss; `label`: only the label claims it, and labels can be copied; "
        "`nothing`: no asset you may know of.",
    )
    asset = FoundAssetOut(allow_null=True, required=False)
    rights = serializers.CharField(
        required=False,
        help_text="`consent_in_force`, or the code with which a gate would refuse it now.",
    )
    lineage = EdgeOut(many=True, required=False)


class Verify(Endpoint):
    parser_classes = (UploadParser,)

    @operation("verify.file", None, public=True, body=FoundFile, answer=FindingOut, scoped=False)
    def post(self, call: Call) -> HttpResponseBase:
        """Which labels a file carries, which asset it is, and whether its rights still stand.

        Whoever shows no key, or one without `assets:read`, learns whether the file says that it is
        AI-made, and by whom. Without a key `API_ANONYMOUS_QUOTA` files may be sent in a window.
        """
        path = call.body["file"].path
        examined = examine(path)
        if not allows(call.actor, Permission.ASSETS_READ):
            return Response(SaidOut(examined).data)
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        with call.scope():
            return call.present(verification.identify(call.actor, examined, file_sha256=digest))
