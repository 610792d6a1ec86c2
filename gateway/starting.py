"""The gateway made ready, or the reason why it cannot start, in words for whoever runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from gateway.app import make_app
from gateway.explorer import UnreadableExampleError
from gateway.features import UnsupportedSupergraphError
from gateway.settings import GatewaySettings
from gateway.trusted_documents import UnreadableManifestError

if TYPE_CHECKING:
    from fastapi import FastAPI
    from pydantic_core import ErrorDetails
    from starlette.middleware import Middleware


class CannotStartError(Exception):
    """A file or a setting that cannot be used; the message says which, and what is wrong with it."""


def read_settings(**set_here: Any) -> GatewaySettings:
    """From the environment, but for those that are given here and are not None."""
    try:
        return GatewaySettings(**{name: value for name, value in set_here.items() if value is not None})
    except ValidationError as error:
        raise CannotStartError("\n".join(_said(each) for each in error.errors())) from None


def start_app(settings: GatewaySettings, *, guard: Middleware | None = None) -> FastAPI:
    try:
        return make_app(settings, guard=guard)
    except OSError as error:
        raise CannotStartError(f"{error.filename}: {error.strerror}") from error
    except UnsupportedSupergraphError as error:
        raise CannotStartError(f"{settings.supergraph}: {error}") from error
    except (UnreadableManifestError, UnreadableExampleError) as error:
        raise CannotStartError(str(error)) from error


def _said(error: ErrorDetails) -> str:
    """Without the value: it may be a secret."""
    name = "_".join(str(part) for part in error["loc"])
    return f"ESSOR_{name.upper()}: {error['msg']}" if name else error["msg"].removeprefix("Value error, ")
