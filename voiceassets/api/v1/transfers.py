"""/v1/transfers/<token>: bytes in and out without an API key, for whoever holds the signed link."""

from __future__ import annotations

import io
from typing import BinaryIO, cast

from django.http import FileResponse
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from voiceassets.api.v1.uploads import UploadOut
from voiceassets.storage import presign, services, uploads


class Transfer(APIView):
    """Serves the links of a store that clients cannot reach; a bucket signs its own."""

    authentication_classes = ()
    permission_classes = ()
    http_method_names = ("get", "put")
    schema = None

    def put(self, request: Request, token: str) -> Response:
        """Take in the bytes of an upload, exactly as many as its ticket says."""
        sent = cast(BinaryIO, request.stream or io.BytesIO())  # an empty body has no stream
        received = uploads.receive(presign.upload_of(token), sent)
        return Response(UploadOut(received).data)

    def get(self, request: Request, token: str) -> FileResponse:
        """Send the file."""
        stored, file_name = presign.object_of(token)
        return FileResponse(
            services.open_object(stored),
            as_attachment=True,
            filename=file_name,
            content_type=stored.content_type,
        )
