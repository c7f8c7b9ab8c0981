"""Walk up to the panda with W and S, and it talks."""

from direct.showbase.ShowBase import ShowBase

from convai_panda import Convai, Transcript


class Hello(ShowBase):
    def __init__(self) -> None:
        super().__init__()
        self.disable_mouse()
        self.camera.set_pos(0, -14, 2)
        panda = self.loader.load_model("panda")
        panda.reparent_to(self.render)
        panda.set_scale(0.3)
        self.convai = Convai(self, player_name="Ana")
        self.panda = self.convai.add_character("3b0a1f3e-52a4-4f0e-9d51-7c1f5b1d0001", panda, name="Panda")
        self.accept(Transcript.name, lambda who, said: said.is_final and print(f"{said.speaker}: {said.text}"))
        self.accept("w-repeat", lambda: self.camera.set_y(self.camera, 0.5))
        self.accept("enter", lambda: self.panda.say("Hello! Who are you?"))


if __name__ == "__main__":
    Hello().run()
