"""Writes the typed Python client out of the OpenAPI document: one method for every operation."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator, Mapping
from typing import Any

REF = "#/components/schemas/"
PLAIN = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}
WRITING = ("post", "put", "patch", "delete")

HEAD = '''"""A client of the Voice Assets API. Written by `manage.py openapi`; do not edit.

    from voice_assets import VoiceAssets

    client = VoiceAssets("https://voices.example", key="va_live_…")
    for voice in client.speakers_list()["data"]:
        print(voice["name"])
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal, NotRequired, TypedDict, cast
from urllib.parse import quote, urlencode

import urllib3

Files = Mapping[str, tuple[str, bytes]]


class ApiError(Exception):
    """A refusal: `code` is stable, `problem` is all that was said."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        super().__init__(f"{status} {problem.get('code')}: {problem.get('detail')}")
        self.status, self.problem = status, problem
        self.code: str = str(problem.get("code", "unknown"))


'''

CLIENT = '''class VoiceAssets:
    """Every operation as a method; its answer is the JSON, or the bytes of a file."""

    def __init__(self, base_url: str, *, key: str, timeout_s: float = 90.0) -> None:
        self._base, self._key = base_url.rstrip("/"), key
        self._pool = urllib3.PoolManager(timeout=timeout_s, retries=False)

    def close(self) -> None:
        """Give the connections back."""
        self._pool.clear()

    def _call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        files: Files | None = None,
        idempotency_key: str | None = None,
    ) -> Any:
        headers = {"Authorization": f"Bearer {self._key}"}
        if idempotency_key is not None:
            headers["Idempotency-Key"] = idempotency_key
        options: dict[str, Any] = {}
        if files:
            options["fields"] = [*_form(body or {}), *files.items()]
        elif body is not None:
            headers["Content-Type"] = "application/json"
            options["body"] = json.dumps(body)
        wanted = {name: _word(value) for name, value in (query or {}).items() if value is not None}
        url = self._base + path + ("?" + urlencode(wanted) if wanted else "")
        answer = self._pool.request(method, url, headers=headers, **options)
        is_json = "json" in answer.headers.get("Content-Type", "")
        if answer.status >= 400:
            raise ApiError(answer.status, json.loads(answer.data) if is_json else {})
        if not is_json:
            return answer.data or None
        return json.loads(answer.data)


def _form(body: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [
        (name, _word(value))
        for name, values in body.items()
        for value in (values if isinstance(values, list) else [values])
    ]


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


'''


def source(document: Mapping[str, Any]) -> str:
    """The whole module."""
    schemas = document["components"]["schemas"]
    types = "".join(_typed_dict(name, schema) for name, schema in sorted(schemas.items()))
    methods = "\n".join(
        _method(path, method, operation)
        for path, methods in sorted(document["paths"].items())
        for method, operation in sorted(methods.items())
    )
    client, rest = CLIENT.split("\n\ndef _form", 1)
    return f"{HEAD}{types}{client}\n{methods}\n\ndef _form{rest.rstrip()}\n"


def _typed_dict(name: str, schema: Mapping[str, Any]) -> str:
    required = set(schema.get("required", ()))
    fields = {
        field: _type(inner) if field in required else f"NotRequired[{_type(inner)}]"
        for field, inner in schema.get("properties", {}).items()
    }
    lines = "".join(f"    {_quoted(field)}: {kind!r},\n" for field, kind in sorted(fields.items()))
    return f'{name} = TypedDict("{name}", {{\n{lines}}})\n\n\n'


def _type(schema: Mapping[str, Any]) -> str:
    """The annotation of a schema."""
    if "$ref" in schema:
        return str(schema["$ref"]).removeprefix(REF)
    for several in ("oneOf", "anyOf"):
        if several in schema:
            return " | ".join(dict.fromkeys(_type(inner) for inner in schema[several]))
    if "allOf" in schema:
        return _type(schema["allOf"][0])
    if "enum" in schema:
        words = ", ".join(
            _quoted(word) if isinstance(word, str) else str(word) for word in schema["enum"]
        )
        return f"Literal[{words}]"
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    return " | ".join(_plain(kind, schema) for kind in kinds) or "Any"


def _plain(kind: str, schema: Mapping[str, Any]) -> str:
    if kind == "array":
        return f"list[{_type(schema.get('items', {}))}]"
    if kind == "object":
        inner = schema.get("additionalProperties")
        return f"dict[str, {_type(inner) if isinstance(inner, Mapping) else 'Any'}]"
    return PLAIN[kind]


def _method(path: str, method: str, operation: Mapping[str, Any]) -> str:
    parameters = operation.get("parameters", ())
    in_path = [p["name"] for p in parameters if p["in"] == "path"]
    in_query = {p["name"]: p for p in parameters if p["in"] == "query"}
    content = operation.get("requestBody", {}).get("content", {})
    body = next((_type(c["schema"]) for c in content.values()), "")
    arguments = [*(f"{name}: str" for name in in_path), *_body(body, operation)]
    named = [
        f"{_name(name)}: {_type(p['schema'])}{'' if p.get('required') else ' | None = None'}"
        for name, p in sorted(in_query.items(), key=lambda item: not item[1].get("required"))
    ]
    passed = [f'"{method.upper()}"', _path(path)]
    if in_query:
        pairs = ", ".join(f'"{name}": {_name(name)}' for name in sorted(in_query))
        passed.append(f"query={{{pairs}}}")
    if body:
        passed.append("body=body")
    if "multipart/form-data" in content:
        named.append("files: Files | None = None")
        passed.append("files=files")
    if method in WRITING:
        named.append("idempotency_key: str | None = None")
        passed.append("idempotency_key=idempotency_key")
    signature = ", ".join(["self", *arguments, *(["*", *named] if named else [])])
    answer = _answer(operation)
    says = str(operation["description"]).split("\n\n", 1)[0].replace("\n", " ").strip()
    name = operation["operationId"].replace(".", "_")
    return (
        f"    def {name}({signature}) -> {answer}:\n"
        f'        """{says}"""\n'
        f'        return cast("{answer}", self._call({", ".join(passed)}))\n'
    )


def _body(body: str, operation: Mapping[str, Any]) -> Iterator[str]:
    if body:
        needed = operation["requestBody"].get("required")
        yield f"body: {body}" if needed else f"body: {body} | None = None"


def _answer(operation: Mapping[str, Any]) -> str:
    kinds = []
    for status, response in operation["responses"].items():
        if status == "default":
            continue
        for media, content in response.get("content", {}).items():
            kinds.append(_type(content["schema"]) if media == "application/json" else "bytes")
    return " | ".join(dict.fromkeys(kinds)) or "None"


def _path(path: str) -> str:
    spelled = re.sub(r"\{(\w+)\}", r"{quote(\1, safe='')}", path)
    return f'f"{spelled}"' if "{" in spelled else f'"{path}"'


def _name(name: str) -> str:
    return f"{name}_" if keyword.iskeyword(name) else name


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
