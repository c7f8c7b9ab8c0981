"""Walk up to the panda with W, say hello with Enter, and listen."""

from direct.showbase.ShowBase import ShowBase

from convai_panda import Convai, Transcript

base = ShowBase()
base.disable_mouse()
base.camera.set_pos(0, -14, 2)
panda = base.loader.load_model("panda")
panda.reparent_to(base.render)
panda.set_scale(0.3)

convai = Convai(base, player_name="Ana")
character = convai.add_character("3b0a1f3e-52a4-4f0e-9d51-7c1f5b1d0001", panda, name="Panda")
base.accept(Transcript.name, lambda _, said: said.is_final and print(f"{said.speaker}: {said.text}"))
for key in ("w", "w-repeat"):
    base.accept(key, lambda: base.camera.set_y(base.camera, 0.5))
base.accept("enter", lambda: character.say("Hello! Who are you?"))
base.run()
