"""The schema, in numbered steps. A step that was killed half-way has not happened and runs again (fault 116).

Rules: never edit a step that was released, only add one; no `executescript`, it commits by itself.
Times are UTC, ISO 8601 with microseconds, so that they sort as text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .database import APPLICATION_ID, pragma, writing

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlite_utils import Database


def keep_conversations(db: Database) -> None:
    """Exchanges, the keys that make asking repeatable, and escalations."""
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    db.execute(
        """
        CREATE TABLE exchanges (
            number INTEGER PRIMARY KEY AUTOINCREMENT, -- the order in which questions came
            closed_number INTEGER UNIQUE, -- the order in which answers ended: what follows a log counts on it
            id TEXT NOT NULL UNIQUE,
            conversation_id TEXT NOT NULL,
            question TEXT NOT NULL,
            locale TEXT NOT NULL,
            persona TEXT,
            asked_at TEXT NOT NULL,
            opened_at TEXT NOT NULL, -- when answering began: later than asked_at for a question that is answered anew
            closed_at TEXT, -- NULL while the exchange is open, as is everything down to `error`
            "end" TEXT,
            source TEXT,
            answer TEXT, -- what the visitor saw, byte for byte
            confidence REAL CHECK (confidence BETWEEN 0 AND 1),
            score REAL, -- the embedder's own scale; compare only within one index version
            entry_id TEXT,
            suggestions TEXT, -- JSON: [[entry_id, question], ...], best first
            index_version TEXT,
            embedder TEXT,
            model TEXT,
            input_tokens INTEGER,
            output_tokens INTEGER,
            tokens_estimated INTEGER CHECK (tokens_estimated IN (0, 1)),
            offer_agent INTEGER CHECK (offer_agent IN (0, 1)),
            first_text_ms REAL, -- both since the question arrived
            total_ms REAL,
            error TEXT, -- our code of what went wrong, never an endpoint's own words
            helpful INTEGER CHECK (helpful IN (0, 1)), -- NULL until the visitor says
            comment TEXT,
            CHECK (("end" IS NULL) = (closed_at IS NULL)),
            CHECK ("end" IS NULL OR (answer IS NOT NULL AND (source IS NOT NULL OR "end" = 'restarted')))
        ) STRICT
        """
    )
    db.execute("CREATE INDEX exchanges_of_conversation ON exchanges (conversation_id, number)")
    db.execute("CREATE INDEX exchanges_open ON exchanges (opened_at) WHERE closed_at IS NULL")
    db.execute(
        """
        CREATE TABLE idempotency_keys (
            scope TEXT NOT NULL, -- a conversation, or '' for requests that begin one
            key TEXT NOT NULL,
            request_digest TEXT NOT NULL,
            exchange_id TEXT NOT NULL REFERENCES exchanges (id) ON DELETE CASCADE,
            kept_until TEXT NOT NULL,
            PRIMARY KEY (scope, key)
        ) STRICT, WITHOUT ROWID
        """
    )
    db.execute("CREATE INDEX idempotency_keys_by_age ON idempotency_keys (kept_until)")
    db.execute("CREATE INDEX idempotency_keys_of_exchange ON idempotency_keys (exchange_id)")
    db.execute(
        """
        CREATE TABLE escalations (
            id TEXT PRIMARY KEY,
            conversation_id TEXT NOT NULL,
            exchange_id TEXT REFERENCES exchanges (id) ON DELETE SET NULL, -- the question that led to it, if one did
            reason TEXT NOT NULL,
            requested_at TEXT NOT NULL,
            closed_at TEXT -- NULL while it waits
        ) STRICT
        """
    )
    db.execute("CREATE UNIQUE INDEX escalations_waiting ON escalations (conversation_id) WHERE closed_at IS NULL")
    db.execute("CREATE INDEX escalations_by_time ON escalations (requested_at)")
    db.execute("CREATE INDEX escalations_of_exchange ON escalations (exchange_id)")
    db.execute(
        """
        CREATE TABLE health (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            checked_at TEXT NOT NULL -- written to find out whether writing works
        ) STRICT
        """
    )


def keep_picks(db: Database) -> None:
    """Which suggestion a visitor chose, beside the exchange that answers it.

    SQLite writes these lines into the table's own text, before a comma: a comment to the end of the line would eat it.
    """
    db.execute(
        """
        ALTER TABLE exchanges ADD COLUMN
            picked_exchange_id TEXT /* whose suggestion the visitor chose, if this is a choice */
            REFERENCES exchanges (id) ON DELETE SET NULL
        """
    )
    db.execute("ALTER TABLE exchanges ADD COLUMN picked_entry_id TEXT /* and which entry that was */")
    db.execute(
        """
        CREATE INDEX exchanges_picked ON exchanges (picked_exchange_id, number) WHERE picked_exchange_id IS NOT NULL
        """
    )


def keep_completions(db: Database) -> None:
    """What a completion used, what it was kept from saying, and what it cost."""
    db.execute("ALTER TABLE exchanges ADD COLUMN rules TEXT /* JSON: the guard's rules that held something back */")
    db.execute("ALTER TABLE exchanges ADD COLUMN cited TEXT /* JSON: [[entry_id, question], ...] a completion used */")
    db.execute(
        "ALTER TABLE exchanges ADD COLUMN cost_usd REAL /* NULL where no model was asked, or at no known price */"
    )


def keep_tool_calls(db: Database) -> None:
    """Which tools a model had called for an answer."""
    db.execute(
        """
        CREATE TABLE tool_calls (
            number INTEGER PRIMARY KEY AUTOINCREMENT, -- the order in which they were called
            exchange_id TEXT NOT NULL REFERENCES exchanges (id) ON DELETE CASCADE,
            name TEXT NOT NULL,
            arguments TEXT NOT NULL, -- as the model wrote them, masked; who it was asked for is not among them
            ok INTEGER NOT NULL CHECK (ok IN (0, 1)),
            status INTEGER, -- of HTTP; NULL where nothing answered
            problem TEXT, -- in our words; NULL where there was none
            ms REAL NOT NULL,
            at TEXT NOT NULL
        ) STRICT
        """
    )
    db.execute("CREATE INDEX tool_calls_of_exchange ON tool_calls (exchange_id, number)")


def keep_summaries(db: Database) -> None:
    """What the person who takes over reads first, and by whom a person was called: so often a day, no oftener (T33)."""
    db.execute("ALTER TABLE escalations ADD COLUMN summary TEXT /* three lines for the team, written a moment later */")
    db.execute(
        "ALTER TABLE escalations ADD COLUMN visitor TEXT /* a keyed digest; NULL where nobody can be told apart */"
    )
    db.execute("CREATE INDEX escalations_of_visitor ON escalations (visitor, requested_at) WHERE visitor IS NOT NULL")


def keep_spending(db: Database) -> None:
    """What completions cost each day, and what running processes may still spend of it."""
    db.execute(
        """
        CREATE TABLE spending (
            day TEXT NOT NULL, -- as the time zone of the settings has it
            visitor TEXT NOT NULL, -- a digest, or '' where nobody in particular asked
            target TEXT NOT NULL, -- the endpoint
            model TEXT NOT NULL,
            calls INTEGER NOT NULL, -- attempts that were charged, failed ones too
            input_tokens INTEGER NOT NULL,
            output_tokens INTEGER NOT NULL,
            cached_tokens INTEGER NOT NULL, -- of the input, what the provider had read before
            nanos INTEGER NOT NULL, -- billionths of a US dollar
            estimated_calls INTEGER NOT NULL, -- of the calls, those whose usage nobody reported, and what they cost
            estimated_nanos INTEGER NOT NULL,
            unpriced_calls INTEGER NOT NULL, -- of the calls, those of a model whose price is not known
            PRIMARY KEY (day, visitor, target, model)
        ) STRICT, WITHOUT ROWID
        """
    )
    db.execute(
        """
        CREATE TABLE spending_days (
            day TEXT PRIMARY KEY, -- the sum of `spending`, so that a lease need not add it up
            nanos INTEGER NOT NULL,
            tokens INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID
        """
    )
    db.execute(
        """
        CREATE TABLE spending_leases (
            day TEXT NOT NULL,
            holder TEXT NOT NULL, -- a process; what one held when it was killed stays here and counts as spent
            nanos INTEGER NOT NULL CHECK (nanos >= 0),
            tokens INTEGER NOT NULL CHECK (tokens >= 0),
            PRIMARY KEY (day, holder)
        ) STRICT, WITHOUT ROWID
        """
    )


def keep_first_words(db: Database) -> None:
    """What was said before an answer, to somebody who is angry or in danger."""
    db.execute("ALTER TABLE exchanges ADD COLUMN said_first TEXT /* shown in front of the answer, and none of it */")


MIGRATIONS: tuple[Callable[[Database], None], ...] = (
    keep_conversations,
    keep_picks,
    keep_completions,
    keep_tool_calls,
    keep_summaries,
    keep_spending,
    keep_first_words,
)


def migrate(db: Database) -> None:
    """Bring the schema up to date, each step in its own transaction."""
    for number, step in enumerate(MIGRATIONS, start=1):
        with writing(db):
            # read under the write lock: another process may have taken the step meanwhile
            if pragma(db, "user_version") < number:
                step(db)
                db.execute(f"PRAGMA user_version = {number}")
