"""The hash that stands for a dataset's content in the id of a case."""

from __future__ import annotations

import hashlib
import json

from nnbench.core.dataset import DatasetSpec


def content_hash(spec: DatasetSpec) -> str:
    """Return 16 hexadecimal digits over name, version, pinned files and fingerprint; loads no sample.

    Two machines agree where they hold the same data, and only there.

    Raises:
        MissingDataError: a fingerprint whose data is absent.
    """
    fingerprint = None if spec.fingerprint is None else spec.fingerprint()
    text = json.dumps([spec.name, spec.version, sorted(spec.files.items()), fingerprint])
    return hashlib.sha256(text.encode()).hexdigest()[:16]
