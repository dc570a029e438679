"""How many examples hypothesis tries of each law: few here, as many as LAW_EXAMPLES says elsewhere.

The examples are others in each run. There is no deadline: on a busy machine the time of one example
proves nothing.
"""

import os

from hypothesis import settings

EXAMPLES = 30

settings.register_profile(
    "rules", deadline=None, max_examples=int(os.environ.get("LAW_EXAMPLES", EXAMPLES))
)
settings.load_profile("rules")
