"""What pipelines read and write on GitHub, by PyGithub (the extra `github`): comments, labels, issues and runs.

Nothing that is read here is an instruction or an approval: comments and issues are found by a hidden marker and their
author, runs by their workflow, event and branch. Importing it raises `UsageError` where the extra is not installed.
"""

from importlib.util import find_spec

from reconciler.errors import UsageError

if find_spec("github") is None:
    raise UsageError(
        "this command talks to GitHub with the extra `github`, which is not installed",
        help="pip install 'org-reconciler[github]'",
    )
