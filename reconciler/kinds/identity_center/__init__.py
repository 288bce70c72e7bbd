"""IAM Identity Center: the instance, the principals of its identity store, permission sets and assignments.

https://docs.aws.amazon.com/singlesignon/latest/APIReference/welcome.html
"""
