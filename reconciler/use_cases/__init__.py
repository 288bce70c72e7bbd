"""The Python API: one module a use case, with typed requests and results.

    desired = load_spec(Path("org.yaml"))
    with connect(ConnectionOptions(profile="organization"), desired) as connection:
        result = make_plan(desired, connection, PlanRequest())
        check_guards(result.plan)
        report = apply_plan(result.plan, connection, ApplyOptions())

| module | use case |
|---|---|
| `load_spec` | the declared organization, checked offline |
| `validate`, `policy_tests` | every finding about a spec; the tests of its policies; what a diagnostic code means |
| `connection`, `read` | open the service, a mocked organization or a snapshot, and read it as far as a `Scope` goes |
| `plan` | the changes that lead to the declared organization, with the verdict of the guards; also drift |
| `drift`, `who` | what differs, how severe it is, and who made it |
| `notify`, `watch` | notifications about drift; checking again and again |
| `impact` | what a plan changes in permissions: summarised, proven, or replayed over recorded calls |
| `continue_plan`, `apply` | what is left of a reviewed plan, and applying it |
| `explain` | whether a principal may do something, and by which statement |
| `show` | the declared or the live organization, and its policies as documentation |
| `locking` | the lock of an apply |
| `online` | comparison with what AWS itself answers |
| `import_organization` | the spec of a live organization, in a directory |
| `update_spec`, `accept` | edits that make a spec declare what is live, all or for one address |
| `format_spec` | the files of a spec in a stable form |
| `files`, `plan_store`, `schemas`, `init` | saved plans and snapshots, JSON Schemas, starter files |

Nothing here prints or exits: every failure is a `ReconcilerError` (`reconciler.errors`). What plans and shows gets a
client on which no write exists (`Connection.reads`).
"""
