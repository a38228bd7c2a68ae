"""The lines of a title: places where one may end, how well it reads there, and the division into lines."""
