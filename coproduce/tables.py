"""Every table of the program in one place, so that the schema is whole whoever looks at it."""

from coproduce.accounts import models as accounts
from coproduce.core import chained_log, job_log
from coproduce.core.db import Base
from coproduce.feedback import models as feedback
from coproduce.moderation import models as moderation
from coproduce.reports import models as reports
from coproduce.services import models as services

MODULES = (job_log, chained_log, services, feedback, accounts, moderation, reports)
"""The modules that define tables. Importing them is what makes `SCHEMA` whole."""

SCHEMA = Base.metadata
