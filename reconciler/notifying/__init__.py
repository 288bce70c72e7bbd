"""Where notifications go, and how they get there without AWS."""
