"""Who may do what (design section 3): every cell of the table, asked of every door.

`table.py` holds the design's own text, not core/roles.py: `allows` reads a cell. `core.access` and
every door must answer as it does. A door that comes later is a file in `doors/`.
"""

import pytest

pytest.register_assert_rewrite("tests.access.door", "tests.access.doors")
