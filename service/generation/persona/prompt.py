"""A template that tells a model what to do: plain text, strict about its variables, in a sandbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jinja2 import FileSystemLoader, StrictUndefined, TemplateNotFound, TemplateSyntaxError
from jinja2.sandbox import SandboxedEnvironment

from ...errors import PersonaError

if TYPE_CHECKING:
    from pathlib import Path

    from jinja2 import Template


class Prompt:
    """Only what its author wrote and the variables given; text of visitors is never one of them."""

    def __init__(self, template: Template) -> None:
        self._template = template

    @classmethod
    def load(cls, name: str, folder: Path, *, called: str = "Prompt") -> Prompt:
        """Read `<name>.j2`. Raises `PersonaError` when it is missing or no template."""
        environment = SandboxedEnvironment(
            loader=FileSystemLoader(folder),
            undefined=StrictUndefined,
            autoescape=False,  # it is plain text for a model, and no word of a visitor is rendered
            trim_blocks=True,
            lstrip_blocks=True,
        )
        try:
            return cls(environment.get_template(f"{name}.j2"))
        except TemplateNotFound as error:
            raise PersonaError(f"{called} '{name}': there is no {folder / str(error.name)}.") from error
        except TemplateSyntaxError as error:
            raise PersonaError(f"{error.filename}, line {error.lineno}: {error.message}") from error
        except (OSError, UnicodeDecodeError) as error:
            raise PersonaError(f"{folder / name}.j2 cannot be read as UTF-8 text.") from error

    def render(self, **variables: object) -> str:
        """Raises `PersonaError` when that fails or gives nothing."""
        try:
            text = self._template.render(**variables).strip()
        except Exception as error:  # a template can raise anything
            raise PersonaError(f"{self._template.filename} cannot be rendered: {error}") from error
        if not text:
            raise PersonaError(f"{self._template.filename} renders to nothing.")
        return text
