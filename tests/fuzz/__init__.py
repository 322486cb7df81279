"""Requests made from the OpenAPI document itself, and answers held against it."""
