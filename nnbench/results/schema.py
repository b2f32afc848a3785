"""The tables of a results file, and their version."""

VERSION = 1
"""Stored as SQLite's ``user_version``. A file of a later version is refused rather than misread."""

TABLES = """
CREATE TABLE runs (
    run_id TEXT PRIMARY KEY, started TEXT NOT NULL, suite TEXT NOT NULL, profile TEXT NOT NULL,
    command TEXT NOT NULL, environment TEXT NOT NULL
);
CREATE TABLE attempts (
    attempt_id TEXT PRIMARY KEY, case_id TEXT NOT NULL, run_id TEXT NOT NULL REFERENCES runs,
    suite TEXT NOT NULL, profile TEXT NOT NULL, family TEXT NOT NULL, model TEXT NOT NULL, dataset TEXT NOT NULL,
    recipe TEXT NOT NULL, backend TEXT NOT NULL, device TEXT NOT NULL, precision TEXT NOT NULL, seed INTEGER NOT NULL,
    status TEXT NOT NULL, reason TEXT NOT NULL, error TEXT NOT NULL, started TEXT NOT NULL, seconds REAL NOT NULL,
    "case" TEXT NOT NULL
);
CREATE INDEX attempts_by_case ON attempts (case_id, started);
CREATE TABLE measurements (
    attempt_id TEXT NOT NULL REFERENCES attempts, metric TEXT NOT NULL, value REAL, unit TEXT NOT NULL,
    better TEXT NOT NULL, n INTEGER, low REAL, high REAL, conditions TEXT NOT NULL, reason TEXT NOT NULL,
    PRIMARY KEY (attempt_id, metric, conditions)
) WITHOUT ROWID;
CREATE TABLE series (
    attempt_id TEXT NOT NULL REFERENCES attempts, kind TEXT NOT NULL, name TEXT NOT NULL, "values" TEXT NOT NULL,
    PRIMARY KEY (attempt_id, kind, name)
) WITHOUT ROWID;
"""
"""``series`` holds what is drawn rather than tabulated, as JSON: kind is curve, sample or artifact."""
