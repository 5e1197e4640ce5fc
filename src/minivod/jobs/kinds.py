"""All kinds of tasks of a worker, put together by its settings."""

import os

from minivod.ingest.pull import Pulling
from minivod.media.sandbox import Sandbox
from minivod.objects import Objects
from minivod.processing.makers import MAKERS
from minivod.processing.procedure import Procedure
from minivod.processing.reviewing import Reviewing
from minivod.processing.step import StepKind, Workshop
from minivod.publishing.again import Again
from minivod.publishing.publisher import Publisher
from minivod.settings import Settings
from minivod.store.database import Database
from minivod.tasking.kind import Kind, Kinds
from minivod.urls import public_urls


def make_kinds(settings: Settings, db: Database, objects: Objects, publisher: Publisher) -> Kinds:
    """The kinds; what encodes gets its share of `encode_threads`."""
    shop = Workshop(db=db, objects=objects, sandbox=Sandbox.from_settings(settings), threads=threads(settings))
    single: dict[str, Kind] = {name: StepKind(name, make, shop) for name, make in MAKERS.items()}
    base = public_urls(settings).usual
    procedure, pulling = Procedure(base), Pulling.from_settings(settings, base, db)
    again = Again(publisher=publisher, kept_for=settings.withdrawn_lifetime())
    reviewing = Reviewing(publisher=publisher)
    single |= {kind.name: kind for kind in (publisher, again, reviewing, pulling)}
    return Kinds(single=single, wholes={procedure.name: procedure})


def threads(settings: Settings) -> int:
    """Of one encoder, when all slots for encoding are taken."""
    most = settings.encode_threads or len(os.sched_getaffinity(0))
    return max(1, most // settings.encode_slots)
