"""The quality of each format at each setting, measured, so that the settings are chosen and not guessed."""
