"""Settings of Sphinx for the documentation site. `scripts/documentation/build.py` makes the source directory."""

from __future__ import annotations

from importlib.metadata import version as version_of

project = "reconciler"
version = release = version_of("org-reconciler").partition("+")[0]
extensions = ["myst_parser", "sphinx.ext.autodoc"]
exclude_patterns = ["files/**"]
suppress_warnings = ["misc.highlighting_failure"]
"""The pages of diagnostics show files that are not valid YAML."""

myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence"]

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_class_signature = "mixed"
autodoc_preserve_defaults = True
default_role = "code"
python_use_unqualified_type_names = True
smartquotes = False
add_module_names = False
toc_object_entries = False

html_theme = "furo"
html_title = "reconciler"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_show_copyright = False
html_theme_options = {"navigation_with_keys": True}
pygments_style = "default"
pygments_dark_style = "github-dark"
