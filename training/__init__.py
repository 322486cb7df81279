"""Turning recordings into voices: preparation of sound, fine-tuning, evaluation.

Nothing is imported here, so that `python -m training.prepare.probe` starts without torch.
"""
