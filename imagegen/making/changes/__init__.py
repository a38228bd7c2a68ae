"""A finished batch as its manifest keeps it, and what changes it: a cell made again, another look."""
