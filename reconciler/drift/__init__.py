"""What drift means, and who made it. Pure: from a plan, both sides of it, and recorded calls."""
