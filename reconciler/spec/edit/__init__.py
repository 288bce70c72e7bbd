"""Edits of YAML files between positions: whatever is not edited stays as it is, byte for byte."""
