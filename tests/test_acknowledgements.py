"""Which answer is to which update."""

from convai_panda.acknowledgements import Acknowledgements
from convai_panda.protocol.client import ContextUpdate
from convai_panda.protocol.server import ServerResponse

RAIN, SNOW = ContextUpdate(text="It rains.", update_id="rain"), ContextUpdate(text="It snows.", update_id="snow")


def under_way() -> Acknowledgements:
    acknowledgements = Acknowledgements()
    acknowledgements.send(RAIN, 0.0)
    acknowledgements.send(SNOW, 0.0)
    return acknowledgements


def test_answers_without_an_id_come_in_order() -> None:
    acknowledgements = under_way()
    answer = ServerResponse(event_type="context-update", status="success")
    assert [acknowledgements.receive(answer) for _ in range(3)] == [RAIN, SNOW, None]


def test_answers_with_an_id_come_in_any_order() -> None:
    acknowledgements = under_way()
    answers = [
        ServerResponse(event_type="context-update", status="success", extras={"update_id": name})
        for name in ("snow", "rain")
    ]
    assert [acknowledgements.receive(answer) for answer in answers] == [SNOW, RAIN]


def test_what_is_still_worked_on_is_answered_later_and_not_given_up() -> None:
    acknowledgements = under_way()
    still = ServerResponse(event_type="context-update", status="processing", extras={"update_id": "rain"})
    assert acknowledgements.receive(still) is None
    assert acknowledgements.overdue(1_000.0) == [SNOW]
    answer = ServerResponse(event_type="context-update", status="error", extras={"update_id": "rain"})
    assert acknowledgements.receive(answer) is RAIN
