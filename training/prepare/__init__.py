"""From an uploaded file to clean, measured, transcribed slices, with every loss explained."""
