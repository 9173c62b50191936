"""Where the files live that travel with the code: templates, the sample FAQ, the widget."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent


def bundled(name: str) -> Path:
    """A folder that ships with Ondap, such as `templates`: beside the package in a checkout, inside it in a wheel."""
    inside = _PACKAGE / "bundled" / name
    return inside if inside.is_dir() else _PACKAGE.parent / name


def template_file(relative: str, override: Path | None) -> Path:
    """A template, from the team's own folder when it has one of that name."""
    if override and (override / relative).is_file():
        return override / relative
    return bundled("templates") / relative


WIDGET = _PACKAGE / "widget"
