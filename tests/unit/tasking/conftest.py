"""The same database, object store and accepted publications as the tests of jobs have."""

from ..jobs.conftest import Accept as Accept
from ..jobs.conftest import accept as accept
from ..jobs.conftest import app_id as app_id
from ..jobs.conftest import db as db
from ..jobs.conftest import objects as objects
