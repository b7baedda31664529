"""The pages of the hub (extra `portal`): health, and what plugins bring by `routes`. No page of its own yet."""
