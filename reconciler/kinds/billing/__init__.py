"""AWS Billing and Cost Management: cost categories, cost allocation tags and budgets of the management account.

https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/Welcome.html
"""
