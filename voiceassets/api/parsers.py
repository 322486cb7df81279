"""Reads request bodies within limits: JSON into memory, uploads into temporary files.

A hostile file name is refused as it was sent. The framework would quietly clean it, and then
nobody learns that the client is broken or attacking.
"""

from __future__ import annotations

import html
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, cast

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http.multipartparser import MultiPartParser, MultiPartParserError
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser, DataAndFiles, JSONParser

from voiceassets.corpus.inspection import require_name
from voiceassets.storage.uploads import require_size

FORM_OVERHEAD_BYTES = 1024**2


class LimitedJSONParser(JSONParser):
    """JSON of sane depth; its length is limited by DATA_UPLOAD_MAX_MEMORY_SIZE."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        try:
            parsed: dict[str, Any] = super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise ParseError("The JSON is nested too deeply.") from error
        return parsed


class UploadParser(BaseParser):
    """multipart/form-data: files land under WORK_DIR and vanish with the request."""

    media_type = "multipart/form-data"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> DataAndFiles[Any, Any]:
        assert parser_context is not None, "the framework passes the request"
        request = parser_context["request"]
        # A body that says it is too long is refused before any of it is read.
        require_size(int(request.META["CONTENT_LENGTH"]) - FORM_OVERHEAD_BYTES)
        meta = request.META | {"CONTENT_TYPE": media_type}
        handlers = [WorkFileHandler(request)]
        try:
            fields, files = _StrictMultiPart(meta, cast(Any, stream), handlers, "utf-8").parse()
        except MultiPartParserError as error:
            raise ParseError(f"The form is malformed: {error}") from error
        return DataAndFiles(fields, files)


class _StrictMultiPart(MultiPartParser):
    def sanitize_file_name(self, file_name: str) -> str:
        return require_name(html.unescape(file_name))


class WorkFile(UploadedFile):  # type: ignore[type-arg]  # the class takes no argument at run time
    """An upload in a temporary file that is removed when the request ends."""

    @property
    def path(self) -> Path:
        return Path(str(self.file.name))  # type: ignore[union-attr]


class WorkFileHandler(FileUploadHandler):
    """Writes each file of a form under WORK_DIR, up to UPLOAD_MAX_BYTES."""

    received = 0
    file: WorkFile

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.file = WorkFile(work_file(), self.file_name, self.content_type)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.received += len(raw_data)
        require_size(self.received)
        self.file.write(raw_data)

    def file_complete(self, file_size: int) -> WorkFile:
        self.file.flush()
        self.file.seek(0)
        self.file.size = file_size
        return self.file


def work_file() -> IO[bytes]:
    """A named temporary file under WORK_DIR; closing it removes it."""
    settings.WORK_DIR.mkdir(parents=True, exist_ok=True)
    return tempfile.NamedTemporaryFile(dir=settings.WORK_DIR, prefix="upload-")
