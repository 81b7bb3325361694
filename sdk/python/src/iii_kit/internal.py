"""What the HTTP worker hands to handlers, before `http` makes something handy of it."""

from .http import InternalHttpRequest

__all__ = ["InternalHttpRequest"]
