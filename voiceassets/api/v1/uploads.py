"""/v1/uploads: tickets to send large recordings straight to the store."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from voiceassets.api.operations import Call, Endpoint, operation
from voiceassets.api.shapes import Shape
from voiceassets.storage import presign, selectors, uploads
from voiceassets.storage.models import Purpose, Upload
from voiceassets.tenants.permissions import Permission


class NewUpload(Shape):
    size_bytes = serializers.IntegerField(min_value=1, max_value=2**62)
    content_type = serializers.RegexField(
        r"^[a-z0-9.+-]{1,40}/[a-z0-9.+-]{1,59}$", default="application/octet-stream"
    )


class UploadOut(serializers.Serializer[Any]):
    id = serializers.CharField(source="public_id")
    state = serializers.CharField()
    declared_bytes = serializers.IntegerField()
    content_type = serializers.CharField()
    expires_at = serializers.DateTimeField()


class SendOut(serializers.Serializer[Any]):
    method = serializers.CharField()
    url = serializers.CharField()
    headers = serializers.DictField(child=serializers.CharField())


class TicketOut(UploadOut):
    send = serializers.SerializerMethodField(help_text="The request that sends the bytes.")

    @extend_schema_field(SendOut)
    def get_send(self, upload: Upload) -> dict[str, Any]:
        signed = presign.upload_request(upload)
        return {"method": "PUT", "url": signed.url, "headers": signed.headers}


class Uploads(Endpoint):
    @operation(
        "uploads.open",
        Permission.RECORDINGS_WRITE,
        body=NewUpload,
        answer=TicketOut,
        status=201,
        location="/v1/uploads/{id}",
    )
    def post(self, call: Call) -> Upload:
        """A ticket: PUT the file to its URL with its headers, then name it in your request."""
        return uploads.open_upload(call.actor, purpose=Purpose.RECORDING, **call.body)


class UploadDetail(Endpoint):
    @operation("uploads.get", Permission.RECORDINGS_WRITE, answer=UploadOut)
    def get(self, call: Call, upload_id: str) -> Upload:
        """Whether the file has arrived."""
        return selectors.get_upload(call.actor, upload_id)
