"""A script to finished sound: sentences, joins, judgement, timing, captions."""
