"""A base from nothing: every model learned from a corpus with known phone times, stage by stage."""
