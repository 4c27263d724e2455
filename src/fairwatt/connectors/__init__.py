"""Outside sources, a module or folder each: what is fetched from elsewhere, and how it is understood."""
