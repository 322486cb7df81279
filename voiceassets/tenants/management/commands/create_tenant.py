"""`manage.py create_tenant`: a company with its first members, and a key for each, shown once."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from voiceassets.accounts.models import User
from voiceassets.core.context import tenant_scope
from voiceassets.core.errors import DomainError
from voiceassets.tenants import keys, services
from voiceassets.tenants.permissions import Role


class Command(BaseCommand):
    help = "Create a tenant with members and print an API key for each."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="short name, such as acme")
        parser.add_argument("--name", help="the company's name (the slug if left out)")
        parser.add_argument(
            "--member",
            action="append",
            default=[],
            metavar="EMAIL:ROLE",
            help=f"may be repeated; roles: {', '.join(Role)}",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        members = [_parse(member) for member in options["member"]]
        actor = services.system_actor("manage.py create_tenant")
        try:
            tenant = services.create_tenant(
                actor, slug=options["slug"], name=options["name"] or options["slug"]
            )
        except DomainError as error:
            raise CommandError(error.message) from error
        shown = {}
        for email, role in members:
            user = User.objects.filter(email=email).first() or User.objects.create_user(
                email, name=email.partition("@")[0]
            )
            with tenant_scope(tenant.pk):
                member = services.add_member(actor, tenant=tenant, user=user, role=role)
                _, shown[email] = keys.issue(actor, member=member, name="first key")
        self.stdout.write(json.dumps({"tenant": tenant.public_id, "keys": shown}))


def _parse(member: str) -> tuple[str, Role]:
    email, _, role = member.rpartition(":")
    if "@" not in email or role not in set(Role):
        raise CommandError(f"--member {member}: write EMAIL:ROLE with one of {', '.join(Role)}")
    return email, Role(role)
