"""The portal's pages: each view parses what came, calls one service, and renders."""
