"""The tables of offices, people, their logins, and the papers published to them: every query on them, a file a noun."""
