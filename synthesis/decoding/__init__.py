"""Phones and a prompt to semantic codes: the decoder, its arithmetic, and its loop."""
