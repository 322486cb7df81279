"""How good a voice is, measured: what it says, how it sounds, and whose voice it is."""
