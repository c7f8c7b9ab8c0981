"""A dusk-lit village of six people to talk to: scenery, villagers, player and the light on them."""
