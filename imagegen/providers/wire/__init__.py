"""One exchange with a provider: its address, its time limit, the bounds of its answer, and the wait it asks for."""
