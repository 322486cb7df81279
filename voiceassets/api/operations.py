"""How an endpoint declares an operation, and the one path every call takes through it.

A handler is written as

    @operation("speakers.create", Permission.SPEAKERS_WRITE, body=NewSpeaker, answer=SpeakerOut)
    def post(self, call: Call) -> Speaker:
        return services.create_speaker(call.actor, **call.body)

Authentication and the declared permission have been checked before it runs, by
`permissions.Declared`; body and query are validated and hold known fields only; the handler and the
rendering of what it returns share one tenant scope, which is one transaction; an Idempotency-Key is
kept in it. `scoped=False` leaves this to a handler that works outside transactions, such as an
upload or a stream: it changes things in `call.effect()` and returns `call.answer(…)` from there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import Any
from uuid import UUID

from django.http.response import HttpResponseBase
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.views import APIView

from voiceassets.api import deprecation, etags, limits, once, problems
from voiceassets.api.authentication import Principal, principal_of
from voiceassets.api.declaration import Operation, operation_of
from voiceassets.api.parsers import LimitedJSONParser
from voiceassets.api.schema import OperationSchema
from voiceassets.api.shapes import Shape, bound
from voiceassets.core.context import Actor, tenant_scope
from voiceassets.core.errors import NotAllowed, Refused
from voiceassets.tenants.permissions import Permission
from voiceassets.tenants.services import record_denial

METHODS = ("get", "post", "put", "patch", "delete")
Handler = Callable[..., Any]


@dataclass(frozen=True, kw_only=True)
class Call:
    """One validated request, by whom, for which operation."""

    view: Endpoint
    request: Request
    operation: Operation
    actor: Actor
    body: dict[str, Any]
    query: dict[str, Any]
    key: once.Key | None = None

    @property
    def tenant_id(self) -> UUID:
        assert self.actor.tenant_id is not None, "keys belong to a tenant"
        return self.actor.tenant_id

    def scope(self) -> AbstractContextManager[None]:
        return tenant_scope(self.tenant_id)

    @contextmanager
    def effect(self) -> Iterator[str]:
        """The scope of what the call changes; with an Idempotency-Key it is entered once.

        Yields the id of what an earlier call with the key made, where it kept no answer.

        Raises:
            Replay: the answer that was kept.
        """
        with self.scope():
            made = once.claim(self.actor, self.key) if self.key else ""
            self.view.replayed = bool(made)
            yield made

    def answer(self, result: Any, *, subject: str = "") -> HttpResponseBase:
        """Render inside `effect()`, and keep the answer for whoever sends the key again."""
        response = self.present(result)
        if self.key:
            secret = self.operation.secret
            once.keep(self.actor, self.key, response, subject=subject, secret=secret)
        return response

    def remember(self, subject: str) -> None:
        """Keep inside `effect()` only what was made: a sound is sent again, not an answer."""
        if self.key:
            once.keep(self.actor, self.key, None, subject=subject, secret=False)

    def present(self, result: Any) -> HttpResponseBase:
        """For handlers with `scoped=False`: render inside their own scope."""
        return self.operation.present(result)


def operation(
    name: str, permission: Permission | None, **declared: Any
) -> Callable[[Handler], Handler]:
    """Declare a handler's `Operation`; `declared` are its further fields."""
    declaration = Operation(name=name, permission=permission, **declared)

    def declare(handler: Handler) -> Handler:
        @wraps(handler)
        def run(view: Endpoint, request: Request, **path: str) -> HttpResponseBase:
            sent = request.data if _has_body(request) else {}
            fields = sent if isinstance(sent, Mapping) else ()
            view.sent = frozenset((*fields, *request.query_params))
            body = _validated(declaration.body, sent)
            call = Call(
                view=view,
                request=request,
                operation=declaration,
                actor=principal_of(request).actor,
                body=body,
                query=_validated(declaration.query, request.query_params.dict()),
                key=once.key_of(request, body),
            )
            try:
                if not declaration.scoped:
                    return declaration.present(handler(view, call, **path))
                if not _has_body(request):
                    with call.scope():
                        found = declaration.present(handler(view, call, **path))
                    return found if declaration.paged else etags.tagged(request, found)
                with call.effect():
                    etags.require_match(view, call, path)
                    return call.answer(handler(view, call, **path))
            except once.Replay as kept:
                view.replayed = True
                return kept.response

        run.operation = declaration  # type: ignore[attr-defined]
        run.plain = handler  # type: ignore[attr-defined]
        return run

    return declare


class FirstRenderer(BaseContentNegotiation):
    """Answers in JSON whatever `Accept` says: audio and event streams carry their own type."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return next((p for p in parsers if _matches(p.media_type, request.content_type)), None)

    def select_renderer(self, request: Request, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


class Endpoint(APIView):
    """A route; its methods are operations, and a method that declares none does not exist."""

    content_negotiation_class = FirstRenderer
    schema = OperationSchema()
    parser_classes: Sequence[type[BaseParser]] = (LimitedJSONParser,)
    http_method_names = (*METHODS, "head", "options", "trace")

    # The shape of what `refusal` makes.
    problem: type[problems.Problem] = problems.Problem
    spent: limits.Spent | None = None
    # The names of the fields and parameters of this request.
    sent: frozenset[str] = frozenset()
    # Whether an earlier request with the same Idempotency-Key had the effect.
    replayed: bool = False

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Authenticate and authorize, then count the request against its key's limit."""
        super().initial(request, *args, **kwargs)
        caller = principal_of(request)
        self.spent = limits.spend(caller.actor.id, known=caller.is_authenticated)
        if not self.spent.taken:
            raise limits.TooManyRequests(self.spent)

    def handle_exception(self, exc: Exception) -> Any:
        """A denial is a decision on record; what a gate refused was recorded where it did."""
        if isinstance(exc, NotAllowed) and not isinstance(exc, Refused):
            self._record_denial(exc)
        return super().handle_exception(exc)

    def _record_denial(self, denial: NotAllowed) -> None:
        principal, declared = self.request.user, operation_of(self, self.request.method or "")
        if isinstance(principal, Principal) and declared is not None:
            record_denial(principal.actor, operation=declared.name, code=denial.code)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        finished = super().finalize_response(request, response, *args, **kwargs)
        declared = operation_of(self, request.method or "")
        told = deprecation.headers(declared.outdated(self.sent) if declared else ())
        told |= self.spent.headers() if self.spent else {}
        told |= {once.REPLAYED: "true"} if self.replayed else {}
        for name, value in told.items():
            finished[name] = value
        return finished

    @staticmethod
    def refusal(problem: dict[str, Any]) -> dict[str, Any]:
        """How this route's clients expect to be told of a problem."""
        return problem

    @classmethod
    def operations(cls) -> dict[str, Operation]:
        """The declared operations by lower-case method."""
        found = {method: operation_of(cls, method) for method in METHODS}
        return {method: declared for method, declared in found.items() if declared is not None}

    @property
    def allowed_methods(self) -> list[str]:
        """What a 405 names in its Allow header."""
        return [method.upper() for method in self.operations()]


def _has_body(request: Request) -> bool:
    return request.method not in {"GET", "HEAD"}


def _validated(shape: type[Shape], data: Any) -> dict[str, Any]:
    """What was sent, once it has the shape; raises the framework's ValidationError."""
    return dict(bound(shape).run_validation(data))


def _matches(offered: str, sent: str | None) -> bool:
    return (sent or "").partition(";")[0].strip().lower() == offered
