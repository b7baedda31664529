"""The portal's pages: what an office sees. Needs the extra `portal`."""
