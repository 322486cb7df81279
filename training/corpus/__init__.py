"""Speech corpora that the house makes itself: texts, voices, and sound with exact phone times."""
