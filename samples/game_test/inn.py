"""A small game: an inn with a door, and an innkeeper who opens it to whoever asks."""

from direct.showbase.ShowBase import ShowBase
from panda3d.core import NodePath

from convai_panda import Convai, Job, Speaker, Transcript

INNKEEPER = "7d1f0c52-9a37-4d38-9f3c-0c9b6d0e0001"
CLOSED, OPEN = 0.0, 95.0  # degrees


class Inn(ShowBase):
    """The game."""

    def __init__(self) -> None:
        super().__init__()
        self.subtitle = ""
        self.door = self.render.attach_new_node("door")
        self.door.set_pos(2.0, 6.0, 0.0)
        self.camera.set_pos(0.0, -12.0, 1.7)
        self.convai = Convai(self, listener=self.camera, player_name="Guest")
        self.innkeeper = self.convai.add_character(
            INNKEEPER, self._build_innkeeper(), name="Innkeeper", head="Head", actions=["open door"]
        )
        self.innkeeper.action("open door")(self._open_door)
        self.accept(Transcript.name, self._show)
        self.accept("e", self._greet)

    @property
    def is_open(self) -> bool:
        """Whether one can go in."""
        return self.door.get_h() == OPEN

    def destroy(self) -> None:
        """Leave the inn."""
        self.convai.destroy()
        super().destroy()

    def _build_innkeeper(self) -> NodePath:
        node = self.loader.load_model("models/panda")
        node.set_scale(0.15)
        node.reparent_to(self.render)
        node.set_pos(0.0, 4.0, 0.0)
        head = node.attach_new_node("Head")
        head.set_z(self.render, 1.6)
        return node

    def _open_door(self, job: Job) -> str:
        self.door.set_h(OPEN)
        return "The door is open."

    def _greet(self) -> None:
        if self.convai.partner is not None:
            self.convai.partner.say("Good evening!")

    def _show(self, character: object, said: Transcript) -> None:
        if said.speaker is Speaker.CHARACTER:
            self.subtitle = said.text


if __name__ == "__main__":
    Inn().run()
