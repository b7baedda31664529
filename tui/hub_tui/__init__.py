"""The dashboard of the hub, for a terminal: it reads through `hub.app`, and does what the command line does."""
