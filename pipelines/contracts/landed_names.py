"""Which names in the landing folder say that a file is not complete: told by the name, not by what is in the file."""

from __future__ import annotations

import re

# Names that browsers, editors and copying programs give to files that are not complete.
_TEMPORARY = re.compile(
    r"^[.~#]|(~|\.(part|partial|tmp|temp|crdownload|download|swp|filepart|writing))$", re.IGNORECASE
)


def is_unfinished(name: str) -> bool:
    """Whether a name says that somebody is still writing the file, and will rename it."""
    return _TEMPORARY.search(name) is not None
