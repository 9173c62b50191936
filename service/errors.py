"""Every error Ondap raises, in one tree, drawn by whose problem it is.

    OndapError
    ├── AuthorError            whoever writes the FAQ can fix it
    │   └── FaqError             a FAQ file cannot be read or an entry is wrong
    ├── OperatorError          whoever runs the service can fix it
    │   ├── SettingsError        a setting is unknown or out of range
    │   ├── IndexUnavailable     there is no index yet
    │   ├── IndexRefused         an index is damaged, or was made by another embedder or version
    │   ├── BuildInProgress      another process is building the index
    │   ├── PersonaError         a persona template cannot be rendered
    │   ├── ToolsError           the tools file cannot be read, or a tool in it is wrong
    │   └── StoreError           the database cannot be used
    │       ├── StoreRefused       it is damaged, replaced, foreign or from a newer version
    │       └── StoreBusy          it is locked, full or read-only for now; trying again may help
    ├── UpstreamError          an embeddings or completion endpoint failed
    │   ├── UpstreamRefused      it said no, and would again: key, model, quota, bad request
    │   ├── UpstreamUnavailable  it could not be reached, was too slow or failed before the first word
    │   ├── UpstreamInterrupted  it stopped in the middle of an answer
    │   └── BudgetSpent          it was not asked: the day's budget is used up
    └── VisitorError           whoever sent the request can fix it; carries its problem code and status

Callers catch the branch that names who has to act. Messages are one line: who, where, what to do.
They never hold a secret, and only `VisitorError` messages ever reach a visitor.
"""

from __future__ import annotations


class OndapError(Exception):
    """Anything Ondap itself reports."""


class AuthorError(OndapError):
    """Whoever writes the FAQ can fix it."""


class FaqError(AuthorError):
    """A FAQ file cannot be read, or one of its entries is wrong."""


class OperatorError(OndapError):
    """Whoever runs the service can fix it."""


class SettingsError(OperatorError):
    """A setting is unknown or out of range. The message names the variable and never its value."""


class IndexUnavailable(OperatorError):
    """There is no published index yet."""


class IndexRefused(OperatorError):
    """An index is damaged, incomplete, or was made by another embedder or another version."""


class BuildInProgress(OperatorError):
    """Another process is building the index right now."""


class PersonaError(OperatorError):
    """A persona template is missing or cannot be rendered."""


class ToolsError(OperatorError):
    """The tools file cannot be read, or a tool in it is wrong. A message holds no secret, only variables' names."""


class StoreError(OperatorError):
    """The database cannot be used."""


class StoreRefused(StoreError):
    """The database is damaged, was replaced, is not ours, or comes from a newer version."""


class StoreBusy(StoreError):
    """The database is locked, full or read-only for now; trying again may help."""


class UpstreamError(OndapError):
    """An embeddings or completion endpoint failed. The message never holds the endpoint's own words."""


class UpstreamRefused(UpstreamError):
    """The endpoint said no and would say it again: key, model, quota or a bad request."""


class UpstreamUnavailable(UpstreamError):
    """The endpoint could not be reached, was too slow, or failed before its first word."""


class UpstreamInterrupted(UpstreamError):
    """The endpoint stopped in the middle of an answer."""


class BudgetSpent(UpstreamError):
    """No endpoint was asked, because the budget of the day, or this visitor's, has no room for another completion."""


class VisitorError(OndapError):
    """Whoever sent the request can fix it.

    `code` is the stable machine word of the problem document, `status` its HTTP status, `field` the part of the request
    that is meant.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        status: int = 422,
        retry_after_seconds: int | None = None,
        field: str | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
        self.retry_after_seconds = retry_after_seconds
        self.field = field
