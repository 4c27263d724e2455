"""What keeps a lake in order for years: merging, old versions, checking, erasing, re-encoding, moving, measuring."""
