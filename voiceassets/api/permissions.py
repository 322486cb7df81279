"""The one permission class: what an operation declares is what it needs; undeclared means 405."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.exceptions import MethodNotAllowed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from voiceassets.api.authentication import Principal
from voiceassets.api.declaration import operation_of
from voiceassets.core.errors import Unauthenticated
from voiceassets.tenants.policy import authorize

if TYPE_CHECKING:
    # The framework's views import this module while they are being imported themselves.
    from rest_framework.views import APIView


class Declared(BasePermission):
    def has_permission(self, request: Request, view: APIView) -> bool:
        operation = operation_of(view, request.method or "")
        if operation is None:
            raise MethodNotAllowed(request.method or "")
        if not isinstance(request.user, Principal):
            if operation.public:
                return True
            raise Unauthenticated("This needs an API key: `Authorization: Bearer va_live_…`.")
        if operation.permission is not None:
            authorize(request.user.actor, operation.permission)
        return True
