"""A template that tells a model what to do: plain text, strict about its variables, in a sandbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jinja2 import FileSystemLoader, StrictUndefined, TemplateNotFound, TemplateSyntaxError, meta
from jinja2.sandbox import SandboxedEnvironment

from ...errors import PersonaError
from .front import split

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from jinja2 import Environment, Template


class Prompt:
    """Only what its author wrote and the variables given; text of visitors is never one of them."""

    def __init__(self, template: Template, *, variables: frozenset[str] = frozenset(), declared: str = "") -> None:
        self._template = template
        self.variables = variables
        """The names it uses and does not set itself, also where no rendering has come by yet."""
        self.declared = declared
        """What stands before it between two `---` lines, with the file's line numbers."""

    @property
    def file(self) -> str:
        return str(self._template.filename)

    @classmethod
    def load(cls, name: str, folder: Path, *, called: str = "Prompt") -> Prompt:
        """Read `<name>.j2`. Raises `PersonaError` when it is missing or no template."""
        loader = _Loader(folder)
        environment = SandboxedEnvironment(
            loader=loader,
            undefined=StrictUndefined,
            autoescape=False,  # it is plain text for a model, and no word of a visitor is rendered
            trim_blocks=True,
            lstrip_blocks=True,
        )
        file = f"{name}.j2"
        try:
            template = environment.get_template(file)
            source, _, _ = loader.get_source(environment, file)
            used = frozenset(meta.find_undeclared_variables(environment.parse(source)))
            return cls(template, variables=used, declared=loader.declared[file])
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


class _Loader(FileSystemLoader):
    """Templates without what is declared before them, also those that others include."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.declared: dict[str, str] = {}

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        source, filename, is_current = super().get_source(environment, template)
        parts = split(source, called=filename)
        self.declared[template] = parts.declared
        return parts.prompt, filename, is_current
