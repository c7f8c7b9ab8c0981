"""What characters do: actions that the service asks for, one after the other. Main thread only."""

from .body import Body
from .contract import Contract, Target
from .job import Job
from .mover import Mover, Step, StraightLine
from .queue import ActionQueue
from .report import Remarks

__all__ = ["ActionQueue", "Body", "Contract", "Job", "Mover", "Remarks", "Step", "StraightLine", "Target"]
