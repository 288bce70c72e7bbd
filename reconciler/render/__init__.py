"""What people and pipelines read: plans, drift, reports, diagnostics and inventories as text, Markdown, JSON, Mermaid.

Each format is a module of functions from values of the model to a `str`; none prints, reads a file, or looks at the
terminal, so the same value and the same options give the same bytes everywhere. Every string from the
service or from a spec passes through `render.safe` first. Importing this package imports none of the formats.
"""
